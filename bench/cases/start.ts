import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { atMost, compared, stated, type Figure } from '../figures.js'
import { alternate, median, time } from '../measure.js'
import { readCpuMs } from '../process-state.js'
import type { Stage } from '../stage.js'

const rounds = 5

/** From spawning the service to its being ready, where there is a snapshot. */
export async function start (stage: Stage): Promise<Figure[]> {
  const { store, file } = await stage.prepare()
  const cpuMs: number[] = []
  const startService = async () => {
    const service = await stage.serve(store)
    cpuMs.push(await readCpuMs(service.pid))
    await service.stop()
    return service.readyMs
  }
  const startBare = async () => {
    const engine = await stage.startEngine()
    const loadMs = await engine.ask({ kind: 'load', file })
    await engine.stop()
    return loadMs + await time(() => once(spawn(process.execPath, ['-e', '0']), 'exit'))
  }
  await startService()
  const result = await alternate(rounds, startService, startBare)
  return [
    atMost(2.5, compared('start to ready', 'ms', result, 'node -e 0, and the same load in bare DuckDB')),
    stated({ case: 'start to ready, processor time', unit: 'ms', value: median(cpuMs) }),
  ]
}
