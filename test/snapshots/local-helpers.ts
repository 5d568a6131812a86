import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Database } from '../../src/duckdb/database.js'
import { LocalStore } from '../../src/snapshots/local.js'
import { makeFolder, type Test } from '../helpers/service.js'
import type { StoreKit } from './store-contract.js'

export interface LocalKit extends StoreKit {
  /** The store's own folder. */
  folder: string
  open: () => Promise<LocalStore>
}

/** A folder store in an empty folder. */
export async function makeLocalKit (t: Test): Promise<LocalKit> {
  const home = await makeFolder(t)
  const folder = join(home, 'snapshots')
  const scratch = join(home, 'scratch')
  await Promise.all([folder, scratch].map(path => mkdir(path)))
  const database = await Database.open({
    memoryLimit: '500MB', threads: 2, concurrency: 4, queueLimit: 10, timeoutMs: 10_000, directories: [folder, scratch], temporaryDirectory: join(scratch, 'spill'),
  })
  t.after(() => database.close())
  const tamper = async (day: string, bytes: Buffer | undefined) => {
    const path = join(folder, day, 'all-smallholder.parquet')
    await (bytes === undefined ? rm(path) : writeFile(path, bytes))
  }
  return { folder, scratch, database, tamper, open: () => LocalStore.open(`file:${folder}`, database) }
}
