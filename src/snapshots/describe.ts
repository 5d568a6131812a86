import type { SnapshotDetail } from '../../schemas/snapshot.js'
import type { Database } from '../duckdb/database.js'
import { openFile } from '../duckdb/columns.js'
import { countRows, readFacts } from '../duckdb/parquet.js'
import { reportQuality } from '../duckdb/quality.js'
import { OshError } from '../errors.js'
import type { SnapshotStore, StoredSnapshot } from './store.js'

/** Where a snapshot came from and its quality report, as far as its file tells. */
export type Description = Pick<SnapshotDetail, 'source' | 'fetchedAt' | 'fetchedBytes' | 'serviceVersion' | 'contentSha256' | 'converted' | 'rejects' | 'quality'>

/** Reads the footer of a stored snapshot; a file that others wrote has its quality counted now. */
export async function describeSnapshot (store: SnapshotStore, database: Database, stored: StoredSnapshot): Promise<Description> {
  const { facts, quality } = await store.read(stored, path => database.session(async connection => {
    const facts = await readFacts(connection, path)
    return { facts, quality: facts?.quality ?? await reportQuality(connection, await openFile(connection, path)) }
  }))
  return {
    source: facts?.source ?? null,
    fetchedAt: facts?.fetchedAt ?? null,
    fetchedBytes: facts?.bytes ?? null,
    serviceVersion: facts?.serviceVersion ?? null,
    contentSha256: facts?.contentSha256 ?? null,
    converted: facts?.converted ?? null,
    rejects: facts?.rejects.length ?? null,
    quality,
  }
}

/** Rows of the nearest readable snapshot that is not after `day`, if there is one. */
export async function countRowsUntil (day: string, store: SnapshotStore, database: Database): Promise<number | undefined> {
  for (const stored of await store.list()) {
    if (stored.day > day) continue
    const rows = await store.read(stored, path => database.session(connection => countRows(connection, path))).catch(passOverUnreadable)
    if (rows !== undefined) return rows
  }
  return undefined
}

/** A file that cannot be read is passed over; a store or a cache that does not work is not. */
function passOverUnreadable (error: unknown): undefined {
  if (error instanceof OshError) throw error
}
