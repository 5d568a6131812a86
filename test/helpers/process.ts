import type { ChildProcess } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import type { Test as TapTest } from 'tap'
import { startCommand, type Ended } from './command.js'
import { token, type Test } from './service.js'
import { until } from '../ingest/helpers.js'

/** The service as a process of its own. */
export interface ServiceProcess {
  child: ChildProcess
  port: number
  url: string
  ended: Promise<Ended>
  /** What it has logged so far. */
  log (): string
  /** Sends a signal, and resolves when the process accepts no connections any more. */
  stopListening (signal: NodeJS.Signals): Promise<void>
}

/** Far longer than any stop takes; what is waited for in vain ends with exit code 1. */
export const patient = { SHUTDOWN_SECONDS: '30' }

/** The folders of a service that writes below `folder`. */
export function environmentOf (folder: string): Record<string, string> {
  return { SNAPSHOT_STORE: `file:${join(folder, 'snapshots')}`, SNAPSHOT_CACHE_DIR: join(folder, 'cache'), PORT: '0', INGEST_TOKEN: token, INGEST_ON_START: 'never' }
}

/** Starts `src/server.ts` and waits until it listens; killed after the test if it still runs. */
export async function startProcess (t: Test, environment: Record<string, string>): Promise<ServiceProcess> {
  const child = startCommand('src/server.ts', [], environment)
  t.after(() => child.kill('SIGKILL'))
  let output = ''
  child.stdout?.on('data', chunk => { output += String(chunk) })
  const port = await new Promise<number>((resolve, reject) => {
    child.stdout?.on('data', () => {
      const match = /listening at http:\/\/[^"]+:(\d+)/.exec(output)
      if (match !== null) resolve(Number(match[1]))
    })
    child.ended.then(({ code, stdout, stderr }) => reject(new Error(`the service ended with ${code}: ${stdout}${stderr}`)))
  })
  const stopListening = async (signal: NodeJS.Signals) => {
    child.kill(signal)
    await until(() => isRefused(port))
  }
  return { child, port, url: `http://127.0.0.1:${port}`, ended: child.ended, log: () => output, stopListening }
}

/** A connection that has sent `text` and reads nothing until it is resumed. */
export async function openConnection (t: Test, port: number, text = ''): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  t.after(() => socket.destroy())
  socket.on('error', () => {})
  await new Promise(resolve => socket.once('connect', resolve))
  if (text !== '') await new Promise(resolve => socket.write(text, resolve))
  return socket
}

/** Reads a connection to its end. */
export async function readToEnd (socket: Socket): Promise<string> {
  let text = ''
  socket.setEncoding('utf8').on('data', chunk => { text += String(chunk) })
  if (!socket.closed) await new Promise(resolve => socket.once('close', resolve))
  return text
}

async function isRefused (port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    return await new Promise(resolve => {
      socket.once('connect', () => resolve(false)).once('error', error => resolve('code' in error && error.code === 'ECONNREFUSED'))
    })
  } finally {
    socket.destroy()
  }
}

/** Asserts that the service removed all that it wrote besides snapshots. */
export async function assertNothingLeft (t: TapTest, folder: string): Promise<void> {
  t.strictSame((await readdir(join(folder, 'cache'))).filter(name => !name.startsWith('history-')), [], 'no temporary file is left')
}
