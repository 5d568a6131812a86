import type { DuckDBConnection } from '@duckdb/node-api'
import type { UpstreamColumn } from '../../schemas/upstream.js'
import { readRows } from './database.js'
import { sql, type Sql } from './sql.js'

/** The columns of one Parquet file with DuckDB's names of their types. */
export type FileColumns = ReadonlyMap<string, string>

/** Rows to select from, with the columns that they have. */
export interface Rows {
  source: Sql
  columns: FileColumns
}

/** The rows of a Parquet file. Throws where it is no whole one. */
export async function openFile (connection: DuckDBConnection, path: string): Promise<Rows> {
  const rows = await readRows(connection, sql`SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM read_parquet(${path}))`)
  const columns = new Map(rows.map(row => [String(row['column_name']), String(row['column_type'])]))
  const own = [...columns.keys()].find(column => column.toLowerCase() === 'file_row_number')
  const source = own === undefined
    ? sql`read_parquet(${path}, file_row_number = true)`
    : sql`(SELECT * EXCLUDE (${sql.id(own)}), row_number() OVER () AS file_row_number FROM read_parquet(${path}))`
  return { source, columns }
}

// What JavaScript's `trim` removes.
const whitespace = ' \t\n\v\f\r\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff'
const wholeNumber = '[+-]?\\d+(\\.0*)?'

const isInteger = (type: string) => /^U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?$/.test(type)
const isNumber = (type: string) => isInteger(type) || /^(FLOAT|DOUBLE|DECIMAL)/.test(type)

/** A column as the text that the file has, or null where the file lacks it. */
export function rawText (columns: FileColumns, column: UpstreamColumn): Sql {
  const type = columns.get(column)
  if (type === undefined) return sql`CAST(NULL AS VARCHAR)`
  if (type.startsWith('TIMESTAMP')) return sql`strftime(${sql.id(column)}, '%Y-%m-%dT%H:%M:%S.%gZ')`
  return sql`CAST(${sql.id(column)} AS VARCHAR)`
}

// Trimming a set of characters takes far longer than seeing that there is nothing to trim, and text is compared by its bytes.
const startsVisibly = (text: Sql) => sql`(${text} >= '!' AND ${text} < chr(127))`
const endsVisibly = (text: Sql) => sql`${text}[-1] BETWEEN '!' AND '~'`

/** A column as trimmed text; empty text is null. */
export function cleanText (columns: FileColumns, column: UpstreamColumn): Sql {
  const text = rawText(columns, column)
  return sql`CASE WHEN ${startsVisibly(text)} AND ${endsVisibly(text)} THEN ${text} ELSE nullif(trim(${text}, ${sql.lit(whitespace)}), '') END`
}

/** Whether a column has text once it is trimmed. */
export function hasText (columns: FileColumns, column: UpstreamColumn): Sql {
  const text = rawText(columns, column)
  return sql`CASE WHEN ${startsVisibly(text)} THEN true ELSE coalesce(trim(${text}, ${sql.lit(whitespace)}) <> '', false) END`
}

const ifFinite = (number: Sql) => sql`CASE WHEN isfinite(${number}) THEN ${number} END`

/** A column as a finite number, or null where it is none. */
export function finiteNumber (columns: FileColumns, column: UpstreamColumn): Sql {
  if (isNumber(columns.get(column) ?? '')) return ifFinite(sql`CAST(${sql.id(column)} AS DOUBLE)`)
  const text = rawText(columns, column)
  // It is cleaned only where it is no number as it stands. DuckDB would read 1_000, which is a number nowhere else.
  const read = (text: Sql) => ifFinite(sql`TRY_CAST(${text} AS DOUBLE)`)
  return sql`CASE WHEN NOT contains(${text}, '_') THEN coalesce(${read(text)}, ${read(cleanText(columns, column))}) END`
}

/** A column as a whole number, or null where it is none. */
export function integer (columns: FileColumns, column: UpstreamColumn): Sql {
  const type = columns.get(column) ?? ''
  if (isInteger(type)) return sql`TRY_CAST(${sql.id(column)} AS BIGINT)`
  if (isNumber(type)) return sql`CASE WHEN ${sql.id(column)} = trunc(${sql.id(column)}) THEN TRY_CAST(${sql.id(column)} AS BIGINT) END`
  const text = cleanText(columns, column)
  return sql`CASE WHEN regexp_full_match(${text}, ${sql.lit(wholeNumber)}) THEN TRY_CAST(${text} AS BIGINT) END`
}

/** ISO 8601 text as a time in UTC, or null where it is none. */
export function time (text: Sql): Sql {
  // Quicker than AT TIME ZONE; the engine casts some times that it cannot hold to an error all the same.
  return sql`TRY(make_timestamp(epoch_us(TRY_CAST(${text} AS TIMESTAMPTZ))))`
}
