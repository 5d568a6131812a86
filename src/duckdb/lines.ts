import { areaColumns, integerColumns, upstreamColumns, type UpstreamColumn } from '../../schemas/upstream.js'
import { list, sql, type Sql } from './sql.js'

/** The members of the object that each line is: a record of upstream, its position, and the bytes of its text. */
export const lineMembers = { position: 'p', bytes: 'n', record: 'r' } as const

/** Bytes of the longest line that is read; the engine takes many times as much memory. */
export const longestLine = 2 ** 16

// In short enough text, so that it is a finite number too.
const shortDecimal = '[0-9]{1,20}([.][0-9]{1,20})?'
const structure = JSON.stringify(Object.fromEntries(upstreamColumns.map(column => [column, integerColumns.has(column) ? 'BIGINT' : 'VARCHAR'])))

/**
 * The records in a file of lines that are exactly as the register's columns want them: position, then upstream's
 * columns. The engine reads more than JSON (a comma too many, `NaN`), converts what has another type, passes over what it
 * does not know and does not tell null from nothing. So a record is taken only where it comes out as the very text that it was
 * read from when it is written again, has a safe integer as id, and decimals as areas.
 */
export function selectPlainRecords (path: string): Sql {
  const isDecimal = (column: UpstreamColumn) => sql`coalesce(regexp_full_match(record.${sql.id(column)}, ${sql.lit(shortDecimal)}), true)`
  const isSafe = (column: UpstreamColumn) => sql`coalesce(abs(record.${sql.id(column)}) <= ${sql.lit(Number.MAX_SAFE_INTEGER)}, ${sql.raw(String(column !== 'entity_smallholder_id'))})`
  return sql`
    SELECT position, unnest(record) FROM (
      -- In a list, since the engine would otherwise read it once for the condition and once for the columns.
      SELECT p AS position, n, r, unnest([from_json(r, ${sql.lit(structure)})]) AS record
      FROM read_json(${path}, format = 'newline_delimited', ignore_errors = true, maximum_object_size = ${sql.lit(longestLine)},
        columns = {p: 'BIGINT', n: 'BIGINT', r: 'JSON'})
    )
    WHERE strlen(r) = n AND to_json(record) = r AND ${list([...[...areaColumns].map(isDecimal), ...[...integerColumns].map(isSafe)], ' AND ')}`
}
