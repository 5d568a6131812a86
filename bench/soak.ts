import { mkdir } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { makeRegister, nextDay } from '../demo/register.js'
import { formatEnvelope } from '../demo/upstream.js'
import { Helper } from './helper.js'
import { countHandles, readMemory } from './process-state.js'
import type { ServiceProcess } from './service.js'
import { countSubsets } from './soak/questions.js'
import type { Observation, TrafficJob, TrafficResult } from './soak/traffic.js'
import type { Stage } from './stage.js'

/** What each published snapshot's totals are, by the subset's name. */
type Published = Map<string, ReadonlyMap<string, number>>

const connections = 8
const roundSeconds = 5
const promised = new Set(['200', '429', '503'])
const settleMs = 2000
const ingestEverySeconds = 60
// A short soak has some ingests, too.
const leastIngests = 4

/** Mixed traffic with an ingest each minute. Gives the exit code: 1 where an answer was wrong. */
export async function soak (stage: Stage, seconds: number): Promise<number> {
  const store = stage.name('store')
  await mkdir(store)
  const service = await stage.serve(store, { awaits: '/health' })
  const traffic = stage.keep(new Helper<TrafficJob, TrafficResult>(new URL('soak/traffic.js', import.meta.url)))
  const published: Published = new Map()
  const days = publishDays(stage, service, published)
  await days.next()
  const ask = (seed: string) => traffic.ask({ origin: service.origin, seconds: roundSeconds, connections, seed })

  const results = [await ask('warm-up')]
  await days.next()
  await wait(settleMs)
  await show('at the start', service)
  const startedAt = performance.now()
  const elapsed = () => (performance.now() - startedAt) / 1000
  const every = Math.min(ingestEverySeconds, seconds / leastIngests)
  let ingests = 0
  let ingesting: Promise<unknown> = Promise.resolve()
  while (elapsed() < seconds) {
    if (elapsed() >= every * ingests) {
      await ingesting
      await show(`after ${elapsed().toFixed(0)} s`, service)
      ingesting = days.next()
      ingests++
    }
    results.push(await ask(`round ${results.length}`))
  }
  await ingesting
  await wait(settleMs)
  await show('at the end', service)
  await service.stop()
  return report(results, published)
}

/** Publishes one day of a changing register after another. */
async function * publishDays (stage: Stage, service: ServiceProcess, published: Published): AsyncGenerator<void> {
  let register = makeRegister({ dirt: false })
  for (let day = 1; ; day++) {
    stage.upstream.setBody(formatEnvelope(register))
    const { snapshot, rows } = await stage.ingest(service)
    published.set(snapshot ?? '', countSubsets(register))
    process.stderr.write(`published ${snapshot}: ${rows} rows\n`)
    yield
    register = nextDay(register, { date: new Date(Date.UTC(2026, 0, day)).toISOString().slice(0, 10) })
  }
}

async function show (when: string, { pid }: ServiceProcess): Promise<void> {
  const { rssMegabytes, peakMegabytes } = await readMemory(pid)
  const { handles, connections } = await countHandles(pid)
  process.stdout.write(`${when}: ${rssMegabytes.toFixed(0)} MB (peak ${peakMegabytes.toFixed(0)} MB), ${handles} handles, ${connections} of them connections\n`)
}

function report (results: readonly TrafficResult[], published: Published): number {
  const statuses: Record<string, number> = {}
  for (const [status, count] of results.flatMap(result => Object.entries(result.statuses))) statuses[status] = (statuses[status] ?? 0) + count
  const observations = results.flatMap(result => result.observations)
  const wrong = observations.filter(observation => !isRight(observation, published))
  const failures = results.reduce((sum, { errors }) => sum + errors, 0)
  const count = (some: readonly Observation[]) => some.reduce((sum, { times }) => sum + times, 0)
  process.stdout.write(`answers by status: ${JSON.stringify(statuses)}, ${failures} without an answer\n`)
  process.stdout.write(`${count(observations)} answers from ${published.size} snapshots checked, ${count(wrong)} wrong\n`)
  for (const observation of wrong.slice(0, 10)) process.stdout.write(`wrong: ${JSON.stringify(observation)}\n`)
  const isAsPromised = failures === 0 && Object.keys(statuses).every(status => promised.has(status))
  return wrong.length === 0 && observations.length > 0 && isAsPromised ? 0 : 1
}

/** Whether a published snapshot, the one that the answer names if it does, has that total. */
function isRight ({ snapshot, subset, total }: Observation, published: Published): boolean {
  const candidates = snapshot === null ? [...published.values()] : [published.get(snapshot)]
  return candidates.some(totals => totals?.get(subset) === total)
}
