import { rm } from 'node:fs/promises'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { DuckDBConnection } from '@duckdb/node-api'
import { upstreamColumns, type UpstreamColumn } from '../../schemas/upstream.js'
import { ParquetWriter } from '../duckdb/parquet.js'
import { OshError } from '../errors.js'
import { decodeRecord } from '../upstream/decode.js'
import { ContentHash, toCanonicalText } from './content-hash.js'
import { writeParts, type Part } from './lines.js'
import { checkRecord, isReject, type Reject, type Unreadable } from './record.js'

// Far more than upstream may come to add; a list keyed by id, say, has as many as records.
const maxExtras = 200
// To hash or to decode so many takes a few milliseconds, in which nothing else is answered.
const [hashedAtOnce, decodedAtOnce] = [2000, 200]

/** All that upstream sent: rows in the writer, and what could not become part of one. */
export interface Collected {
  writer: ParquetWriter
  /** Hash of all of it, whatever the order. */
  contentSha256: string
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
  readonly #hash = new ContentHash()
  readonly #rejects: Reject[] = []
  readonly #unreadable: Unreadable[] = []
  #converted = 0
  /** How many rows lack each of upstream's columns. */
  readonly #missing = new Map<UpstreamColumn, number>()

  constructor (writer: ParquetWriter) {
    this.writer = writer
  }

  async take ({ path, from, elements }: Part): Promise<void> {
    const [others] = await Promise.all([this.writer.appendLines(path, from, elements.length), this.#addToHash(elements)])
    await rm(path)
    for (const [index, position] of others.entries()) {
      this.#takeRecord(elements[position - from] ?? Buffer.of(), position)
      if (index % decodedAtOnce === decodedAtOnce - 1) await nextTurn()
    }
  }

  finish (): Collected {
    this.writer.finish()
    const missingColumns = upstreamColumns.filter(column => this.writer.rows > 0 && this.#missing.get(column) === this.writer.rows)
    const contentSha256 = this.#hash.digest(this.#rejects, this.#unreadable)
    return { writer: this.writer, contentSha256, rejects: this.#rejects, unreadable: this.#unreadable, converted: this.#converted, missingColumns }
  }

  /** As the texts came, before it is known which of them are rows. */
  async #addToHash (elements: readonly Buffer[]): Promise<void> {
    for (const [index, element] of elements.entries()) {
      this.#hash.add(element)
      if (index % hashedAtOnce === hashedAtOnce - 1) await nextTurn()
    }
  }

  #takeRecord (bytes: Buffer, position: number): void {
    const outcome = checkRecord(decodeRecord(bytes, position))
    this.#hash.remove(bytes)
    if (isReject(outcome)) {
      this.#rejects.push(outcome)
      return
    }
    this.#hash.add(toCanonicalText(outcome))
    this.writer.append(outcome)
    if (this.writer.extraCount > maxExtras) throw new OshError('OSH_UPSTREAM_SUSPICIOUS', `Upstream's records have more than ${maxExtras} columns that the register did not have before; nothing was published.`)
    this.#unreadable.push(...outcome.unreadable)
    this.#converted += outcome.converted
    for (const column of outcome.missing) this.#missing.set(column, (this.#missing.get(column) ?? 0) + 1)
  }
}
