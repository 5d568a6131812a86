import { cp, mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { stated, type Figure } from '../figures.js'
import { readMemory } from '../process-state.js'
import type { ServiceProcess } from '../service.js'
import type { Stage } from '../stage.js'

const furtherDays = ['20250101', '20250102', '20250103', '20250104']
const settleMs = 1000

/** What the process takes without a snapshot, with the latest, and for each further day that is asked for. */
export async function memory (stage: Stage): Promise<Figure[]> {
  const prepared = await stage.prepare()
  const engine = await stage.startEngine()
  const reference = await engine.ask({ kind: 'columns', file: prepared.file }) / 1e6
  await engine.stop()

  const emptyStore = stage.name('store')
  await mkdir(emptyStore)
  const idle = await stage.serve(emptyStore, { awaits: '/health' })
  const without = await settle(idle)
  await idle.stop()

  const store = await stage.copyStore(prepared)
  for (const day of furtherDays) await cp(dirname(prepared.file), join(store, day), { recursive: true })
  const service = await stage.serve(store)
  const withLatest = await settle(service)
  for (const day of furtherDays) await askAbout(service, day)
  const withAll = await settle(service)
  await service.stop()

  const referenceIs = 'the values of its columns'
  return [
    stated({ case: 'memory without a snapshot', unit: 'MB', value: without }),
    stated({ case: 'memory of the latest snapshot', unit: 'MB', value: withLatest - without, reference, referenceIs }),
    stated({ case: 'memory of a further day', unit: 'MB', value: (withAll - withLatest) / furtherDays.length, reference, referenceIs }),
  ]
}

async function settle (service: ServiceProcess): Promise<number> {
  await wait(settleMs)
  return (await readMemory(service.pid)).rssMegabytes
}

async function askAbout ({ origin }: ServiceProcess, day: string): Promise<void> {
  const answer = await fetch(`${origin}/smallholders?snapshot=${day}`)
  await answer.arrayBuffer()
  if (!answer.ok) throw new Error(`the day ${day} answered ${answer.status}`)
}
