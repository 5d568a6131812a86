import { readFile, rm } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { atMost, stated, type Figure } from '../figures.js'
import { askDuring, countWrong } from '../load/load.js'
import type { LoopDelay } from '../loop-delay.js'
import type { ServiceProcess } from '../service.js'
import type { Stage } from '../stage.js'
import { manyRows } from './ingest.js'

const requestsPerSecond = 20
const pollMs = 20

/** How long the service's event loop stands still while a large register is ingested and somebody asks now and then. */
export async function loopDelay (stage: Stage): Promise<Figure[]> {
  const prepared = await stage.prepare(manyRows)
  const store = await stage.copyStore(prepared)
  const file = stage.name('loop-delay.json')
  const service = await stage.serve(store, {
    nodeOptions: ['--import', new URL('../loop-delay.js', import.meta.url).href],
    environment: { LOOP_DELAY_FILE: file },
  })
  await stage.send(prepared.nextBody)
  const job = { origin: service.origin, ask: { kind: 'pages', seed: 'loop delay' }, perSecond: requestsPerSecond } as const
  await stage.driver.ask({ ...job, seconds: stage.seconds })
  await report(service, file)
  const results = await askDuring(stage.driver, job, stage.ingest(service))
  const { p99Ms, p999Ms, maxMs } = await report(service, file)
  await service.stop()
  await rm(store, { recursive: true })
  const name = `event loop during ingest of ${manyRows.toLocaleString('en')} rows`
  const wrong = results.reduce((sum, result) => sum + countWrong(result), 0)
  return [
    stated({ case: `${name}, p99`, unit: 'ms', value: p99Ms }),
    atMost(50, { case: `${name}, p99.9`, unit: 'ms', value: p999Ms, wrong }),
    stated({ case: `${name}, longest`, unit: 'ms', value: maxMs }),
  ]
}

/** What the process saw since it was asked last. */
async function report (service: ServiceProcess, file: string): Promise<LoopDelay> {
  service.signal('SIGWINCH')
  for (;;) {
    const text = await readFile(file, 'utf8').catch(() => undefined)
    if (text !== undefined) {
      await rm(file)
      const seen: LoopDelay = JSON.parse(text)
      return seen
    }
    await wait(pollMs)
  }
}
