import { BIGINT, DuckDBDataChunk, LIST, listValue, VARCHAR, type DuckDBAppender, type DuckDBConnection, type DuckDBValue } from '@duckdb/node-api'
import { SnapshotFactsSchema, type SnapshotFacts } from '../../schemas/snapshot.js'
import { integerColumns, upstreamColumns } from '../../schemas/upstream.js'
import { openFile, type Rows } from './columns.js'
import { readIntegers, readRows } from './database.js'
import { selectPlainRecords } from './lines.js'
import { list, sql, type Sql } from './sql.js'

/** A row to be written: its place, a value for each of upstream's columns, and further columns. */
export interface ParquetRow {
  position: number
  values: readonly (string | bigint | null)[]
  extras: ReadonlyMap<string, string | null>
}

const chunkRows = 1024
const footerKey = 'osh'
const incoming = sql.id('incoming')
const sqlTypes = upstreamColumns.map(column => integerColumns.has(column) ? 'BIGINT' : 'VARCHAR')
const types = [BIGINT, ...sqlTypes.map(type => type === 'BIGINT' ? BIGINT : VARCHAR), LIST(VARCHAR)]
// A reader's own name for the place of a row in its file.
const reservedColumns = ['file_row_number']

/**
 * Collects rows in a temporary table of one connection, then writes them as Parquet:
 * upstream's columns with upstream's names and types, further ones as text, sorted by id.
 */
export class ParquetWriter {
  readonly #connection: DuckDBConnection
  readonly #appender: DuckDBAppender
  /** The further columns, each with its place in the list of a row's further values. */
  readonly #extras = new Map<string, number>()
  #pending: ParquetRow[] = []
  rows = 0

  private constructor (connection: DuckDBConnection, appender: DuckDBAppender) {
    this.#connection = connection
    this.#appender = appender
  }

  static async create (connection: DuckDBConnection): Promise<ParquetWriter> {
    const columns = upstreamColumns.map((column, index) => sql`${sql.id(column)} ${sql.raw(sqlTypes[index] ?? 'VARCHAR')}`)
    await readRows(connection, sql`CREATE TEMP TABLE incoming (position BIGINT, ${list(columns)}, extras VARCHAR[])`)
    return new ParquetWriter(connection, await connection.createAppender('incoming'))
  }

  /** How many further columns the rows have. */
  get extraCount (): number {
    return this.#extras.size
  }

  append (row: ParquetRow): void {
    for (const name of row.extras.keys()) {
      if (!this.#extras.has(name)) this.#extras.set(name, this.#extras.size)
    }
    this.#pending.push(row)
    this.rows++
    if (this.#pending.length === chunkRows) this.#flush()
  }

  /**
   * Appends the records of a file of lines that need no conversion, as {@link selectPlainRecords} says. Returns which of
   * the given number of positions are not among them, in order.
   */
  async appendLines (path: string, from: number, count: number): Promise<Int32Array> {
    const [row] = await readRows(this.#connection, sql`INSERT INTO ${incoming} SELECT *, NULL FROM (${selectPlainRecords(path)})`)
    const appended = Number(row?.['Count'])
    this.rows += appended
    if (appended === count) return new Int32Array()
    return await readIntegers(this.#connection, sql`
      SELECT CAST(range AS INTEGER) AS position FROM range(${from}, ${from + count})
      WHERE range NOT IN (SELECT position FROM ${incoming} WHERE position >= ${from}) ORDER BY range`)
  }

  /** Ends appending; what follows reads the rows. */
  finish (): void {
    this.#flush()
    this.#appender.closeSync()
  }

  /** The rows as the file will have them. */
  get content (): Rows {
    const columns = [...upstreamColumns, ...this.#extraColumns.map(({ column }) => column)]
    return {
      source: sql`(SELECT ${this.#selection} FROM ${incoming})`,
      columns: new Map(columns.map((column, index) => [column, sqlTypes[index] ?? 'VARCHAR'])),
    }
  }

  /** Writes the file with the facts of the run, as JSON, in its footer. */
  async write (path: string, facts: string): Promise<void> {
    await readRows(this.#connection, sql`
      COPY (SELECT ${this.#selection} FROM ${incoming} ORDER BY incoming.entity_smallholder_id, incoming.position)
      TO ${sql.lit(path)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 24576, KV_METADATA {${sql.raw(footerKey)}: ${facts}})`)
  }

  get #selection (): Sql {
    const extras = this.#extraColumns.map(({ index, column }) => sql`incoming.extras[${index + 1}] AS ${sql.id(column)}`)
    return list([...upstreamColumns.map(column => sql`incoming.${sql.id(column)}`), ...extras])
  }

  /** The further columns in order of name, each with a name that no other has, since Parquet readers ignore case. */
  get #extraColumns (): { index: number, column: string }[] {
    const taken = new Set([...upstreamColumns, ...reservedColumns].map(column => column.toLowerCase()))
    return [...this.#extras].sort(([a], [b]) => a < b ? -1 : 1).map(([name, index]) => {
      const base = name.replaceAll('\0', '').toWellFormed().trim() || 'unnamed'
      let column = base
      for (let suffix = 2; taken.has(column.toLowerCase()); suffix++) column = `${base}_${suffix}`
      taken.add(column.toLowerCase())
      return { index, column }
    })
  }

  #flush (): void {
    const rows = this.#pending
    if (rows.length === 0) return
    const chunk = DuckDBDataChunk.create(types, rows.length)
    chunk.setColumnValues(0, rows.map(row => BigInt(row.position)))
    for (let index = 0; index < upstreamColumns.length; index++) {
      chunk.setColumnValues(index + 1, rows.map((row): DuckDBValue => row.values[index] ?? null))
    }
    chunk.setColumnValues(upstreamColumns.length + 1, rows.map(row => this.#listExtras(row.extras)))
    this.#appender.appendDataChunk(chunk)
    // Little by little, since it holds up everything else in the process.
    this.#appender.flushSync()
    this.#pending = []
  }

  #listExtras (extras: ParquetRow['extras']): DuckDBValue {
    if (extras.size === 0) return null
    return listValue([...this.#extras.keys()].map(name => extras.get(name) ?? null))
  }
}

/** What the footer of a file says of its ingest run; undefined for files that others wrote. */
export async function readFacts (connection: DuckDBConnection, path: string): Promise<SnapshotFacts | undefined> {
  const rows = await readRows(connection, sql`
    SELECT decode(value) AS facts FROM parquet_kv_metadata(${path}) WHERE decode(key) = ${footerKey}`)
  try {
    const facts: unknown = JSON.parse(String(rows[0]?.['facts']))
    // A tenth of a second at the start, when it is not needed.
    const { Value } = await import('../../schemas/typebox/value.js')
    return Value.Check(SnapshotFactsSchema, facts) ? facts : undefined
  } catch {
    return undefined
  }
}

/** Rows of a file, from its footer. Throws where it is no whole Parquet file. */
export async function countRows (connection: DuckDBConnection, path: string): Promise<number> {
  const [row] = await readRows(connection, sql`SELECT num_rows::DOUBLE AS rows FROM parquet_file_metadata(${path})`)
  return Number(row?.['rows'])
}

/** Whether a file has the very rows that were to be written, by a sum over the engine's own hashes of them. */
export async function holdsRows (connection: DuckDBConnection, path: string, written: Rows): Promise<boolean> {
  const read = await openFile(connection, path)
  const [inFile, expected] = [await sumHashes(connection, read), await sumHashes(connection, written)]
  return [...read.columns.keys()].join() === [...written.columns.keys()].join() && inFile === expected
}

async function sumHashes (connection: DuckDBConnection, { source, columns }: Rows): Promise<string> {
  const values = list([...columns.keys()].map(column => sql.id(column)))
  const [row] = await readRows(connection, sql`SELECT concat(count(*), ' ', sum(hash(${values}))) AS sum FROM ${source} AS rows`)
  return String(row?.['sum'])
}
