import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Database } from '../duckdb/database.js'
import { LocalStore } from './local.js'
import type { SnapshotStore } from './store.js'

export interface OpenOptions {
  /** `file:` and a folder, or `gs://bucket/prefix`. */
  url: string
  /** Another address of the storage API. */
  endpoint: string | undefined
  database: Database
  /** Where copies of remote snapshots lie; the database may read it. */
  cacheFolder: string
  log: Pick<Logger, 'info' | 'warn' | 'error'>
}

const cacheLimitBytes = 512 * 2 ** 20

/** Opens the store that the URL names. A bucket that does not answer is no error yet. */
export async function openStore ({ url, endpoint, database, cacheFolder, log }: OpenOptions): Promise<SnapshotStore> {
  if (!url.startsWith('gs://')) return await LocalStore.open(url, database)
  refuseEmulatorVariable(log)
  // Loaded where it is needed: the storage client takes longer to load than the rest of the service.
  const [{ GcsStore }, { SnapshotCache }] = await Promise.all([import('./gcs.js'), import('./cache.js')])
  return new GcsStore({ url, endpoint, log, cache: new SnapshotCache({ folder: cacheFolder, limitBytes: cacheLimitBytes, log }) })
}

/** The folder of a store's local copies, one for each store. */
export function cacheFolderOf (folder: string, url: string, endpoint: string | undefined): string {
  return join(folder, `snapshots-${idOf(url, endpoint)}`)
}

/** The file with the history of a store, one for each store. */
export function historyFileOf (folder: string, url: string, endpoint: string | undefined): string {
  return join(folder, `history-${idOf(url, endpoint)}.parquet`)
}

function idOf (url: string, endpoint: string | undefined): string {
  return createHash('sha256').update(`${url}\n${endpoint ?? ''}`).digest('hex').slice(0, 16)
}

/** The storage client would read this variable, and with it uploads go to a wrong path. */
function refuseEmulatorVariable (log: Pick<Logger, 'warn'>): void {
  if (process.env['STORAGE_EMULATOR_HOST'] === undefined) return
  log.warn('STORAGE_EMULATOR_HOST is ignored, because uploads fail with it; set GCS_ENDPOINT instead')
  delete process.env['STORAGE_EMULATOR_HOST']
}
