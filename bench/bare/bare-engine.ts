import { Helper } from '../helper.js'
import type { EngineJob } from './engine.js'

/** DuckDB and JavaScript without the service, in a process of its own. */
export type BareEngine = Helper<EngineJob, number>

export function startBareEngine (): BareEngine {
  return new Helper(new URL('engine.js', import.meta.url))
}
