import { mkdir } from 'node:fs/promises'
import { exportPath } from './cases/export.js'
import { hotPath } from './cases/hot.js'
import { formatTop, readCpuProfiles } from './cpu-profile.js'
import type { LoadJob } from './load/driver.js'
import { countWrong, rateOf } from './load/load.js'
import type { Stage } from './stage.js'

const seconds = 6
const groupsShown = 15
const functionsShown = 25

const loads: Readonly<Record<string, Pick<LoadJob, 'ask' | 'connections'>>> = {
  'hot page': { ask: hotPath, connections: 10 },
  'cold pages': { ask: { kind: 'pages', seed: 'profile' }, connections: 8 },
  'whole register': { ask: exportPath, connections: 1 },
}

/** Says where the service's JavaScript spends its time under each load; its start is part of it. */
export async function profile (stage: Stage): Promise<void> {
  const { store } = await stage.prepare()
  for (const [name, load] of Object.entries(loads)) {
    const folder = stage.name('profile')
    await mkdir(folder)
    const service = await stage.serve(store, { nodeOptions: ['--cpu-prof', `--cpu-prof-dir=${folder}`] })
    const result = await stage.driver.ask({ origin: service.origin, seconds, ...load })
    await service.stop()
    const { byGroup, byFunction } = await readCpuProfiles(folder)
    process.stdout.write(`
${name}: ${rateOf(result).toFixed(1)} answers/s for ${seconds} s, ${countWrong(result)} wrong. Self time, idle left out:
${formatTop(byGroup, groupsShown)}

${formatTop(byFunction, functionsShown)}
`)
  }
}
