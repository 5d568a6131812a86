import { appendFile } from 'node:fs/promises'
import { createRandom, type Random } from '../../demo/random.js'

/** What one try of a fault came to. */
export interface Try {
  fault: string
  /** One sentence for each snapshot that was published and is not there any more. */
  lost: readonly string[]
  /** One sentence for each 200 whose content is not that of a published snapshot. */
  wrong: readonly string[]
  /** From the fault until the newest snapshot was served. */
  recoveryMs: number
}

const { FAULT_TIMES, FAULT_SEED = '1', FAULT_RESULTS } = process.env

/** Whether all faults are to be tried, as `npm run test:faults` does, and not a few of them. */
export const isLong = FAULT_TIMES !== undefined

/** How often each fault is tried. */
export const times = Number(FAULT_TIMES ?? 1)

/** The numbers of the tries, from 0. */
export const rounds = Array.from({ length: times }, (_, round) => round)

/** Choices that are the same for the same seed. */
export function randomOf (what: string): Random {
  return createRandom(`${what} ${FAULT_SEED}`)
}

/** Hands a try to `npm run test:faults`, where that runs the test. */
export async function record (tried: Try): Promise<void> {
  if (FAULT_RESULTS !== undefined) await appendFile(FAULT_RESULTS, `${JSON.stringify(tried)}\n`)
}

/** Does the work with every item, with a few at the same time; results come in the items' order. */
export async function inParallel<Item, Result> (items: readonly Item[], atOnce: number, work: (item: Item) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = []
  const queue = [...items.entries()]
  const take = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) results[next[0]] = await work(next[1])
  }
  await Promise.all(Array.from({ length: atOnce }, take))
  return results
}
