import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'

/** What the inspector writes (`node --cpu-prof`), as far as it is read here. */
interface CpuProfile {
  nodes: { id: number, callFrame: { functionName: string, url: string, lineNumber: number } }[]
  /** The node that ran at each sample, and the microseconds since the one before. */
  samples: number[]
  timeDeltas: number[]
}

/** Milliseconds that something took itself, without what it called. */
export type SelfTimes = ReadonlyMap<string, number>

export interface CpuTimes {
  byGroup: SelfTimes
  byFunction: SelfTimes
}

const idle = new Set(['(idle)', '(root)'])

/** Sums up the profiles in a folder: one for each thread. */
export async function readCpuProfiles (folder: string): Promise<CpuTimes> {
  const byGroup = new Map<string, number>()
  const byFunction = new Map<string, number>()
  for (const name of await readdir(folder)) {
    if (!name.endsWith('.cpuprofile')) continue
    const profile: CpuProfile = JSON.parse(await readFile(join(folder, name), 'utf8'))
    const nodes = new Map(profile.nodes.map(node => [node.id, node.callFrame]))
    for (const [index, id] of profile.samples.entries()) {
      const frame = nodes.get(id)
      if (frame === undefined || idle.has(frame.functionName)) continue
      const ms = (profile.timeDeltas[index] ?? 0) / 1000
      const group = groupOf(frame)
      add(byGroup, group, ms)
      add(byFunction, `${frame.functionName || '(anonymous)'}  ${group}${frame.url === '' ? '' : ` ${basename(frame.url)}:${frame.lineNumber + 1}`}`, ms)
    }
  }
  return { byGroup, byFunction }
}

/** The entries that took longest, with their share of the whole. */
export function formatTop (times: SelfTimes, count: number): string {
  const whole = [...times.values()].reduce((sum, ms) => sum + ms, 0)
  return [...times].sort(([, a], [, b]) => b - a).slice(0, count)
    .map(([name, ms]) => `${(100 * ms / whole).toFixed(1).padStart(6)} %  ${ms.toFixed(0).padStart(6)} ms  ${name}`).join('\n')
}

/** The package, the file of the service, or the part of Node that a function belongs to. */
function groupOf ({ functionName, url }: { functionName: string, url: string }): string {
  if (url === '') return functionName.startsWith('(') ? functionName : '(native)'
  const [, dependency] = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url) ?? []
  return dependency ?? /\/dist\/(.*)$/.exec(url)?.[1] ?? url
}

function add (times: Map<string, number>, name: string, ms: number): void {
  times.set(name, (times.get(name) ?? 0) + ms)
}
