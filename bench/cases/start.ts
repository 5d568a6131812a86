import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { atMost, compared, stated, type Figure } from '../figures.js'
import { alternate, median, time } from '../measure.js'
import { readCpuMs } from '../process-state.js'
import type { Stage } from '../stage.js'

const rounds = 5
const loader = fileURLToPath(new URL('../bare/load.js', import.meta.url))

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
  const startBare = () => time(() => run(loader, file))
  const loadAlone = async () => {
    const engine = await stage.startEngine()
    const loadMs = await engine.ask({ kind: 'load', file })
    await engine.stop()
    return loadMs + await time(() => run('-e', '0'))
  }
  await startService()
  const result = await alternate(rounds, startService, startBare)
  const alone = await alternate(rounds, startService, loadAlone)
  return [
    atMost(2.5, compared('start to ready', 'ms', result, 'a bare process that loads the same into DuckDB')),
    stated(compared('start to ready', 'ms', alone, 'node -e 0, and that load without the process')),
    stated({ case: 'start to ready, processor time', unit: 'ms', value: median(cpuMs) }),
  ]
}

async function run (...args: string[]): Promise<void> {
  const [code] = await once(spawn(process.execPath, args, { stdio: 'inherit' }), 'exit')
  if (code !== 0) throw new Error(`node ${args.join(' ')} ended with ${code}`)
}
