import { join } from 'node:path'
import { startCommand, type Ended } from './command.js'
import { makeFolder, type Test } from './service.js'

export interface Server {
  url: string
  /** Its log so far. */
  lines (): Record<string, unknown>[]
  kill (signal: NodeJS.Signals): void
  ended: Promise<Ended>
}

/** The service as a process of its own, on an empty store. */
export async function startServer (t: Test, environment: Record<string, string> = {}): Promise<Server> {
  const folder = await makeFolder(t)
  const child = startCommand('src/server.ts', [], { PORT: '0', SNAPSHOT_STORE: `file:${join(folder, 'snapshots')}`, SNAPSHOT_CACHE_DIR: join(folder, 'cache'), INGEST_ON_START: 'never', RATE_LIMIT_PER_MINUTE: '0', ...environment })
  t.after(async () => {
    child.kill('SIGKILL')
    await child.ended
  })
  let text = ''
  child.stdout?.on('data', chunk => { text += String(chunk) })
  const address = () => /Server listening at (http:[^"]+)"/.exec(text)?.[1]
  await new Promise<void>(resolve => {
    child.stdout?.on('data', () => { if (address() !== undefined) resolve() })
    child.ended.then(() => resolve(), () => resolve())
  })
  const url = address()
  if (url === undefined) throw new Error(`the server did not start: ${(await child.ended).stderr}`)
  const lines = () => text.split('\n').slice(0, -1).map((line): Record<string, unknown> => JSON.parse(line))
  return { url, lines, kill: signal => { child.kill(signal) }, ended: child.ended }
}
