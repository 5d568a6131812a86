import { environmentOf, startProcess } from './process.js'
import { makeFolder, type Test } from './service.js'
import type { Ended } from './command.js'

export interface Server {
  url: string
  /** Its log so far. */
  lines (): Record<string, unknown>[]
  kill (signal: NodeJS.Signals): void
  ended: Promise<Ended>
}

/** The service as a process of its own, on an empty store. */
export async function startServer (t: Test, environment: Record<string, string> = {}): Promise<Server> {
  const { child, url, log, ended } = await startProcess(t, { ...environmentOf(await makeFolder(t)), RATE_LIMIT_PER_MINUTE: '0', ...environment })
  const lines = () => log().split('\n').slice(0, -1).map((line): Record<string, unknown> => JSON.parse(line))
  return { url, lines, kill: signal => { child.kill(signal) }, ended }
}
