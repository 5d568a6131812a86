import { readdir, readFile, readlink, writeFile } from 'node:fs/promises'

export interface Memory {
  rssMegabytes: number
  /** Highest since the start or the last {@link resetPeak}. */
  peakMegabytes: number
}

/** What a process takes of the machine's memory; NaN where the system does not tell. */
export async function readMemory (pid: number): Promise<Memory> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const megabytes = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1] ?? NaN) * 1024 / 1e6
  return { rssMegabytes: megabytes('VmRSS'), peakMegabytes: megabytes('VmHWM') }
}

/** Lets the peak begin anew from what the process takes now. */
export async function resetPeak (pid: number): Promise<void> {
  await writeFile(`/proc/${pid}/clear_refs`, '5').catch(() => undefined)
}

/** How many files and connections a process has open; NaN where the system does not tell. */
export async function countHandles (pid: number): Promise<{ handles: number, connections: number }> {
  const folder = `/proc/${pid}/fd`
  const names = await readdir(folder).catch(() => undefined)
  if (names === undefined) return { handles: NaN, connections: NaN }
  const targets = await Promise.all(names.map(name => readlink(`${folder}/${name}`).catch(() => '')))
  return { handles: names.length, connections: targets.filter(target => target.startsWith('socket:')).length }
}

// Linux counts in hundredths of a second.
const tickMs = 10

/** Processor time that a process took so far; NaN where the system does not tell. */
export async function readCpuMs (pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  const [user = NaN, system = NaN] = status.split(') ')[1]?.split(' ').slice(11, 13).map(Number) ?? []
  return (user + system) * tickMs
}
