import type { DuckDBConnection } from '@duckdb/node-api'
import { upstreamColumns, type UpstreamColumn } from '../../schemas/upstream.js'
import { ParquetWriter } from '../duckdb/parquet.js'
import { OshError } from '../errors.js'
import { decodeRecords } from '../upstream/decode.js'
import { checkRecord, isReject, type Reject, type Unreadable } from './record.js'

// Far more than upstream may come to add; a list keyed by id, say, has as many as records.
const maxExtras = 200

/** All that upstream sent: rows in the writer, and what could not become part of one. */
export interface Collected {
  writer: ParquetWriter
  rejects: Reject[]
  unreadable: Unreadable[]
  converted: number
  /** Upstream's columns that no record has. */
  missingColumns: UpstreamColumn[]
}

/** Decodes and checks upstream's answer and hands its rows to a writer, with flat memory. */
export async function collect (connection: DuckDBConnection, path: string, onRows: (rows: number) => void, signal: AbortSignal): Promise<Collected> {
  const writer = await ParquetWriter.create(connection)
  const collected: Collected = { writer, rejects: [], unreadable: [], converted: 0, missingColumns: [] }
  const missing = new Map<UpstreamColumn, number>(upstreamColumns.map(column => [column, 0]))
  for await (const batch of decodeRecords(path, signal)) {
    for (const raw of batch) {
      const outcome = checkRecord(raw)
      if (isReject(outcome)) {
        collected.rejects.push(outcome)
        continue
      }
      writer.append(outcome)
      if (writer.extraCount > maxExtras) throw new OshError('OSH_UPSTREAM_SUSPICIOUS', `Upstream's records have more than ${maxExtras} columns that the register did not have before; nothing was published.`)
      collected.unreadable.push(...outcome.unreadable)
      collected.converted += outcome.converted
      for (const column of outcome.missing) missing.set(column, (missing.get(column) ?? 0) + 1)
    }
    onRows(writer.rows)
  }
  writer.finish()
  collected.missingColumns = upstreamColumns.filter(column => writer.rows > 0 && missing.get(column) === writer.rows)
  return collected
}
