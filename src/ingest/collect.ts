import { rm } from 'node:fs/promises'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { DuckDBConnection } from '@duckdb/node-api'
import { upstreamColumns, type UpstreamColumn } from '../../schemas/upstream.js'
import { ParquetWriter } from '../duckdb/parquet.js'
import { OshError } from '../errors.js'
import { decodeRecord } from '../upstream/decode.js'
import { writeParts, type Part } from './lines.js'
import { checkRecord, isReject, type Reject, type Unreadable } from './record.js'

// Far more than upstream may come to add; a list keyed by id, say, has as many as records.
const maxExtras = 200
// To decode them takes a few milliseconds, in which nothing else is answered.
const recordsAtOnce = 200

/** All that upstream sent: rows in the writer, and what could not become part of one. */
export interface Collected {
  writer: ParquetWriter
  rejects: Reject[]
  unreadable: Unreadable[]
  converted: number
  /** Upstream's columns that no record has. */
  missingColumns: UpstreamColumn[]
}

/**
 * Reads upstream's answer and hands its rows to a writer, with flat memory. The engine takes the records that are as
 * they should be, many at once and while the next ones are read; the others are decoded and checked one by one.
 */
export async function collect (connection: DuckDBConnection, path: string, folder: string, onRows: (rows: number) => void, signal: AbortSignal): Promise<Collected> {
  const collector = new Collector(await ParquetWriter.create(connection))
  let taken = Promise.resolve()
  try {
    for await (const part of writeParts(path, folder, signal)) {
      await taken
      onRows(collector.writer.rows)
      taken = collector.take(part)
      // It may fail while the next part is read; whoever awaits it then is told.
      taken.catch(() => undefined)
    }
  } finally {
    await taken
  }
  return collector.finish()
}

class Collector {
  readonly writer: ParquetWriter
  readonly #rejects: Reject[] = []
  readonly #unreadable: Unreadable[] = []
  #converted = 0
  /** How many rows lack each of upstream's columns. */
  readonly #missing = new Map<UpstreamColumn, number>()

  constructor (writer: ParquetWriter) {
    this.writer = writer
  }

  async take ({ path, from, elements }: Part): Promise<void> {
    const others = await this.writer.appendLines(path, from, elements.length)
    await rm(path)
    for (const [index, position] of others.entries()) {
      this.#takeRecord(elements[position - from] ?? Buffer.of(), position)
      if (index % recordsAtOnce === recordsAtOnce - 1) await nextTurn()
    }
  }

  finish (): Collected {
    this.writer.finish()
    const missingColumns = upstreamColumns.filter(column => this.writer.rows > 0 && this.#missing.get(column) === this.writer.rows)
    return { writer: this.writer, rejects: this.#rejects, unreadable: this.#unreadable, converted: this.#converted, missingColumns }
  }

  #takeRecord (bytes: Buffer, position: number): void {
    const outcome = checkRecord(decodeRecord(bytes, position))
    if (isReject(outcome)) {
      this.#rejects.push(outcome)
      return
    }
    this.writer.append(outcome)
    if (this.writer.extraCount > maxExtras) throw new OshError('OSH_UPSTREAM_SUSPICIOUS', `Upstream's records have more than ${maxExtras} columns that the register did not have before; nothing was published.`)
    this.#unreadable.push(...outcome.unreadable)
    this.#converted += outcome.converted
    for (const column of outcome.missing) this.#missing.set(column, (this.#missing.get(column) ?? 0) + 1)
  }
}
