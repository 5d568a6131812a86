import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** The built service as a process of its own. */
export interface ServiceProcess {
  origin: string
  child: ChildProcess
  /** Highest memory so far, in MB; undefined where the system does not tell. */
  peakMegabytes (): Promise<number | undefined>
  /** Processor time so far; undefined where the system does not tell. */
  cpuMs (): Promise<number | undefined>
  stop (): Promise<void>
}

// Linux counts in hundredths of a second.
const tickMs = 10

const server = fileURLToPath(new URL('../src/server.js', import.meta.url))

/** Starts the built service and waits until it listens. */
export async function startService (environment: Record<string, string>): Promise<ServiceProcess> {
  const child = spawn(process.execPath, [server], { env: { ...process.env, HOST: '127.0.0.1', PORT: '0', ...environment }, stdio: ['ignore', 'pipe', 'inherit'] })
  const origin = await new Promise<string>((resolve, reject) => {
    child.once('exit', code => reject(new Error(`the service ended with ${code}`)))
    child.stdout.on('data', (chunk: Buffer) => {
      const match = /listening at (http:\/\/[^"]+)/.exec(chunk.toString())
      if (match?.[1] !== undefined) resolve(match[1])
    })
  })
  const peakMegabytes = async () => {
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '')
    const kilobytes = /VmHWM:\s+(\d+)/.exec(status)?.[1]
    return kilobytes === undefined ? undefined : Number(kilobytes) / 1024
  }
  const cpuMs = async () => {
    const status = await readFile(`/proc/${child.pid}/stat`, 'utf8').catch(() => '')
    const [user, system] = status.split(') ')[1]?.split(' ').slice(11, 13).map(Number) ?? []
    return user === undefined || system === undefined ? undefined : (user + system) * tickMs
  }
  const stop = async () => {
    child.kill('SIGTERM')
    if (child.exitCode === null) await once(child, 'exit')
  }
  return { origin, child, peakMegabytes, cpuMs, stop }
}

/** Waits until a snapshot is served. */
export async function waitUntilReady (origin: string): Promise<void> {
  while (!(await fetch(`${origin}/ready`)).ok) await wait(5)
}
