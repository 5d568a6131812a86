import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import type { SnapshotFacts } from '../../schemas/snapshot.js'
import { unlessAborted } from '../abort.js'
import type { Rows } from '../duckdb/columns.js'
import type { Database } from '../duckdb/database.js'
import { holdsRows, readFacts } from '../duckdb/parquet.js'
import { reportQuality } from '../duckdb/quality.js'
import { OshError } from '../errors.js'
import { dayOf, toDate } from '../snapshots/day.js'
import { countRowsUntil } from '../snapshots/describe.js'
import { hashFile } from '../snapshots/local.js'
import type { PreparedSnapshot, Publication, SnapshotStore } from '../snapshots/store.js'
import { toJson } from '../upstream/decode.js'
import { collect, type Collected } from './collect.js'
import { assertBelievable } from './guard.js'
import type { RunProgress } from './progress.js'
import { listWarnings } from './warnings.js'

/** Upstream's answer in a file. */
export interface Answer {
  path: string
  /** Where it comes from, without credentials. */
  source: string
  /** When the answer began; its day names the snapshot unless `day` does. */
  startedAt: Date
  bytes: number
  day?: string
}

export type FetchAnswer = (folder: string, onBytes: (bytes: number) => void, signal: AbortSignal) => Promise<Answer>

export interface IngestOptions {
  store: SnapshotStore
  database: Database
  /** Gets upstream's answer into a file in the folder. */
  fetch: FetchAnswer
  /** Where files under way lie; the database may write there. */
  scratch: string
  timeZone: string
  maxShrink: number
  serviceVersion: string
  /** Makes a published snapshot the one that is served. */
  load: () => Promise<void>
}

const rejectsShown = 100

/**
 * The whole way of one snapshot: fetch, decode, guard, write, verify, publish, load.
 * Returns what became of it. A run that throws has changed nothing in the store (`OSH_PUBLISH_UNKNOWN` says that it may have).
 */
export async function ingest (run: RunProgress, options: IngestOptions, force: boolean, signal: AbortSignal): Promise<Publication> {
  // Whoever tidies up temporary folders may have taken it.
  await mkdir(options.scratch, { recursive: true, mode: 0o700 })
  const folder = await mkdtemp(join(options.scratch, 'run-'))
  try {
    const answer = await run.phase('fetch', () => options.fetch(folder, bytes => run.update({ bytes }), signal))
    const day = answer.day ?? dayOf(answer.startedAt, options.timeZone)
    run.update({ date: toDate(day), bytes: answer.bytes })
    const previousRows = await countRowsUntil(day, options.store, options.database)
    run.update({ previousRows: previousRows ?? null })

    const prepared = await options.database.session(async connection => {
      const collected = await run.phase('decode', () => collect(connection, answer.path, folder, rows => run.update({ rows }), signal))
      const { rejects, writer } = collected
      run.update({ rows: writer.rows, rejects: rejects.slice(0, rejectsShown), rejectCount: rejects.length })
      assertBelievable({ rows: writer.rows, rejects: rejects.length, previousRows, maxShrink: options.maxShrink, force })
      const path = join(folder, 'snapshot.parquet')
      const facts = await run.phase('write', () => write(connection, path, collected, answer, options.serviceVersion))
      run.update({ warnings: listWarnings(facts) })
      return await run.phase('verify', () => verify(connection, path, facts, writer.content))
    })

    signal.throwIfAborted()
    const publication = await run.phase('publish', () => options.store.publish(day, prepared))
    await run.phase('load', () => unlessAborted(options.load(), signal)).catch(() => run.update({ warnings: [...run.report.warnings, 'the snapshot is published, but this process cannot serve it yet'] }))
    return publication
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function write (connection: DuckDBConnection, path: string, collected: Collected, answer: Answer, serviceVersion: string): Promise<SnapshotFacts> {
  const { writer, contentSha256, rejects, unreadable, converted } = collected
  const quality = await reportQuality(connection, writer.content, unreadable)
  const facts: SnapshotFacts = {
    serviceVersion,
    source: answer.source,
    fetchedAt: answer.startedAt.toISOString(),
    bytes: answer.bytes,
    rows: writer.rows,
    contentSha256,
    converted,
    unreadable,
    rejects,
    quality: { ...quality, missingColumns: collected.missingColumns },
  }
  await writer.write(path, toJson(facts))
  return facts
}

/** Reads the written file back; throws where it does not hold what was to be written. */
async function verify (connection: DuckDBConnection, path: string, written: SnapshotFacts, content: Rows): Promise<PreparedSnapshot> {
  const facts = await readFacts(connection, path)
  if (facts?.contentSha256 !== written.contentSha256 || !await holdsRows(connection, path, content)) {
    throw new OshError('OSH_STORE_FAILED', 'The written snapshot does not read back the same; nothing was published.')
  }
  return { path, sha256: await hashFile(path), facts }
}
