import { atLeast, atMost, compared, type Figure } from '../figures.js'
import { countWrong, rateOf } from '../load/load.js'
import type { Questions } from '../load/questions.js'
import { alternate, median } from '../measure.js'
import type { Stage } from '../stage.js'

const inFlight = 8
const rounds = 3

/** Pages that nobody asked before. */
export async function pages (stage: Stage): Promise<Figure[]> {
  return await compareWithBareEngine(stage, 'pages')
}

/** Totals that nobody asked before. */
export async function aggregates (stage: Stage): Promise<Figure[]> {
  return await compareWithBareEngine(stage, 'aggregates')
}

async function compareWithBareEngine (stage: Stage, kind: Questions['kind']): Promise<Figure[]> {
  const { store, file } = await stage.prepare()
  const [service, engine] = await Promise.all([stage.serve(store), stage.startEngine(file)])
  const latencies: { p50Ms: number, p99Ms: number }[] = []
  let wrong = 0
  const askService = async (seed: string, seconds = stage.seconds) => {
    const result = await stage.driver.ask({ origin: service.origin, ask: { kind, seed }, connections: inFlight, seconds })
    wrong += countWrong(result)
    latencies.push(result)
    return rateOf(result)
  }
  const askEngine = async (seed: string, seconds = stage.seconds) => await engine.ask({ kind: 'ask', questions: { kind, seed }, inFlight, seconds })
  await askService('warm-up', 1)
  await askEngine('warm-up', 1)
  latencies.length = 0
  const result = await alternate(rounds, round => askService(`round ${round}`), round => askEngine(`round ${round}`))
  await Promise.all([service.stop(), engine.stop()])
  return [
    atLeast(0.8, { ...compared(`cold ${kind}`, 'answers/s', result, `bare DuckDB, ${inFlight} in flight`), wrong }),
    atMost(10, { case: `cold ${kind}, p99`, unit: 'ms', value: median(latencies.map(({ p99Ms }) => p99Ms)), reference: median(latencies.map(({ p50Ms }) => p50Ms)), referenceIs: 'p50' }),
  ]
}
