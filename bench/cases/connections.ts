import { setTimeout as wait } from 'node:timers/promises'
import { atLeast, type Figure } from '../figures.js'
import { countWrong, rateOf } from '../load/load.js'
import { openQuestions } from '../load/questions.js'
import { median } from '../measure.js'
import type { Stage } from '../stage.js'
import { hotPath } from './hot.js'

const few = 10
const many = [100, 1000]
const rounds = 3
// Less is noise.
const leastShare = 0.9
const retryMs = 100
const promised = [200, 429, 503]

/** Throughput with ever more connections, on a hot page and on cold ones. */
export async function connections (stage: Stage): Promise<Figure[]> {
  const { store } = await stage.prepare()
  const service = await stage.serve(store)
  const figures = [...await compareCounts(stage, service.origin, 'hot'), ...await compareCounts(stage, service.origin, 'cold')]
  await service.stop()
  return figures
}

async function compareCounts (stage: Stage, origin: string, heat: 'hot' | 'cold'): Promise<Figure[]> {
  const seen = new Map([few, ...many].map(count => [count, { rates: [] as number[], refused: 0, wrong: 0 }]))
  for (let round = 0; round < rounds; round++) {
    for (const [count, tally] of seen) {
      const ask = heat === 'hot' ? hotPath : { kind: 'pages', seed: `${count} ${round}` } as const
      const result = await stage.driver.ask({ origin, ask, connections: count, seconds: stage.seconds })
      await drain(origin, `${heat} ${count} ${round}`)
      tally.rates.push(rateOf(result))
      tally.refused += rateOf(result, 503) + rateOf(result, 429)
      tally.wrong += countWrong(result, promised)
    }
  }
  const reference = median(seen.get(few)?.rates ?? [])
  return many.map(count => {
    const { rates = [], refused = 0, wrong = 0 } = seen.get(count) ?? {}
    return atLeast(leastShare, {
      case: `${heat} pages, ${count} connections`,
      unit: 'answers/s',
      value: median(rates),
      reference,
      referenceIs: `${few} connections`,
      wrong,
      ...(refused > 0 && { note: `${Math.round(refused / rounds)} refused with 503/429 a second` }),
    })
  })
}

/** Waits for what those who have left asked: a query that is answered has no other before it. */
async function drain (origin: string, seed: string): Promise<void> {
  const next = openQuestions({ kind: 'pages', seed: `drain ${seed}` })
  while (!await readOk(await fetch(`${origin}${next()}`))) await wait(retryMs)
}

async function readOk (answer: Response): Promise<boolean> {
  await answer.arrayBuffer()
  return answer.ok
}
