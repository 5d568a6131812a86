import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { nodeArguments, root } from './compiled.js'

export interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

/** Starts one of the project's entry points, with only the given environment besides the machine's. */
export function startCommand (entry: string, args: readonly string[], environment: Record<string, string>): ChildProcess & { ended: Promise<Ended> } {
  const child = spawn(process.execPath, [...nodeArguments(entry), ...args], {
    cwd: root,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], TMPDIR: process.env['TMPDIR'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const texts = { stdout: '', stderr: '' }
  child.stdout.on('data', chunk => { texts.stdout += String(chunk) })
  child.stderr.on('data', chunk => { texts.stderr += String(chunk) })
  const ended = once(child, 'close').then(([code]): Ended => ({ code, ...texts }))
  return Object.assign(child, { ended })
}
