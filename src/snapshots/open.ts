import type { Database } from '../duckdb/database.js'
import { LocalStore } from './local.js'
import type { SnapshotStore } from './store.js'

/** Opens the store that the URL names; for now `file:` and a folder. */
export async function openStore (url: string, database: Database): Promise<SnapshotStore> {
  return await LocalStore.open(url, database)
}
