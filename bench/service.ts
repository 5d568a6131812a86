import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { createServer } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** The built service as a process of its own. */
export interface ServiceProcess {
  origin: string
  pid: number
  /** Milliseconds from its spawn until it served a snapshot. */
  readyMs: number
  signal (name: NodeJS.Signals): void
  stop (): Promise<void>
}

export interface ServiceSettings {
  environment: Record<string, string>
  /** For Node, before the service's own file. */
  nodeOptions?: readonly string[]
  /** Where its log goes; nowhere unless given. */
  logFile?: string
  /** Which route tells that it may be asked; `/ready` unless there is no snapshot yet. */
  awaits?: '/ready' | '/health'
}

const server = fileURLToPath(new URL('../src/server.js', import.meta.url))
const pollMs = 5

/** Starts the built service on a free port and waits until it may be asked. */
export async function startService ({ environment, nodeOptions = [], logFile, awaits = '/ready' }: ServiceSettings): Promise<ServiceProcess> {
  const port = await findFreePort()
  const origin = `http://127.0.0.1:${port}`
  const { PATH, HOME, TMPDIR } = process.env
  const log = logFile === undefined ? 'ignore' : openSync(logFile, 'a')
  const startedAt = performance.now()
  const child = spawn(process.execPath, [...nodeOptions, server], {
    env: { PATH, HOME, TMPDIR, HOST: '127.0.0.1', PORT: String(port), ...environment },
    stdio: ['ignore', log, 'inherit'],
  })
  if (typeof log === 'number') closeSync(log)
  await waitUntilOk(child, `${origin}${awaits}`)
  const readyMs = performance.now() - startedAt
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGTERM')
    await exited
  }
  return { origin, pid: child.pid ?? 0, readyMs, signal: name => { child.kill(name) }, stop }
}

async function waitUntilOk (child: ChildProcess, url: string): Promise<void> {
  while (!await fetch(url).then(answer => answer.ok, () => false)) {
    if (child.exitCode !== null) throw new Error(`the service ended with ${child.exitCode} before it answered`)
    await wait(pollMs)
  }
}

async function findFreePort (): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  if (address === null || typeof address === 'string') throw new Error('there is no free port')
  probe.close()
  await once(probe, 'close')
  return address.port
}
