import { Helper } from '../helper.js'
import type { LoadJob } from './driver.js'
import type { LoadResult } from './tally.js'

/** The process that asks. */
export type Driver = Helper<LoadJob, LoadResult>

export function startDriver (): Driver {
  return new Helper(new URL('driver.js', import.meta.url))
}

/** Answers of a status a second. */
export function rateOf ({ statuses, seconds }: LoadResult, status = 200): number {
  return (statuses[status] ?? 0) / seconds
}

/** Answers of other statuses, and requests without an answer. */
export function countWrong ({ statuses, errors }: LoadResult, expected: readonly number[] = [200]): number {
  const others = Object.entries(statuses).filter(([status]) => !expected.includes(Number(status)))
  return others.reduce((sum, [, count]) => sum + count, errors)
}

/** Asks for as long as the work goes on, a second at a time, and gives what each second saw. */
export async function askDuring (driver: Driver, job: Omit<LoadJob, 'seconds'>, work: Promise<unknown>): Promise<LoadResult[]> {
  const ended = new AbortController()
  const watched = work.finally(() => ended.abort())
  watched.catch(() => undefined)
  const results: LoadResult[] = []
  while (!ended.signal.aborted) {
    const ask = typeof job.ask === 'string' ? job.ask : { ...job.ask, seed: `${job.ask.seed}, ${results.length}` }
    results.push(await driver.ask({ ...job, ask, seconds: 1 }))
  }
  await watched
  return results
}
