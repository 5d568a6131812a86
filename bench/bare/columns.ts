import type { DuckDBConnection } from '@duckdb/node-api'
import { integerColumns, upstreamColumns } from '../../schemas/upstream.js'
import { readRows } from '../../src/duckdb/database.js'
import { list, sql } from '../../src/duckdb/sql.js'

/** Bytes of all values of upstream's columns in a snapshot: the length of text, 8 for each integer. */
export async function measureColumns (connection: DuckDBConnection, file: string): Promise<number> {
  const sizes = upstreamColumns.map(column => integerColumns.has(column) ? sql`8 * count(*)` : sql`coalesce(sum(strlen(${sql.id(column)})), 0)`)
  const [row] = await readRows(connection, sql`SELECT (${list(sizes, ' + ')})::DOUBLE AS bytes FROM read_parquet(${file})`)
  return Number(row?.['bytes'])
}
