import { copyFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import type { Static } from 'typebox'
import { Type } from '../../schemas/typebox/type.js'
import { upstreamColumns, type UpstreamColumn } from '../../schemas/upstream.js'
import { readRows } from '../duckdb/database.js'
import { dropRelation } from '../duckdb/relation.js'
import { sql } from '../duckdb/sql.js'
import { createVersions } from '../duckdb/versions.js'
import { temporaryName } from '../snapshots/temporary.js'

const footerKey = 'osh-history'
// Counted up whenever files of before are to be forgotten.
const format = 2

const FoldedDaySchema = Type.Object({
  day: Type.String({ pattern: '^\\d{8}$' }),
  revision: Type.String(),
  lacking: Type.Array(Type.Unsafe<UpstreamColumn>({ type: 'string', enum: [...upstreamColumns] })),
  /** The file cannot be read, so that the day is as if it had none. */
  unreadable: Type.Boolean(),
})

/** One day that is part of the history, with the revision of the file that it was made from. */
export type FoldedDay = Static<typeof FoldedDaySchema>

const FooterSchema = Type.Object({ format: Type.Literal(format), days: Type.Array(FoldedDaySchema), check: Type.String() })

/** Versions in a table, and the days that they were folded from, oldest first. */
export interface Folded {
  table: string
  days: readonly FoldedDay[]
}

/** Writes the versions into a Parquet file that takes the place of the one before at once; `scratch` is on the same disk. */
export async function saveVersions (connection: DuckDBConnection, { table, days }: Folded, { path, scratch }: { path: string, scratch: string }): Promise<void> {
  const temporary = join(scratch, temporaryName('history.parquet'))
  try {
    const footer = JSON.stringify({ format, days, check: await checkOf(connection, table) })
    await readRows(connection, sql`COPY (SELECT * FROM ${sql.id(table)} ORDER BY entity_smallholder_id, first)
      TO ${sql.lit(temporary)} (FORMAT parquet, COMPRESSION zstd, KV_METADATA {${sql.id(footerKey)}: ${sql.lit(footer)}})`)
    await rename(temporary, path)
  } finally {
    await rm(temporary, { force: true })
  }
}

/** Reads what {@link saveVersions} wrote; undefined where there is no such file. Throws where it is not what was written. */
export async function loadVersions (connection: DuckDBConnection, { path, scratch }: { path: string, scratch: string }): Promise<Folded | undefined> {
  const copy = join(scratch, temporaryName('history.parquet'))
  try {
    // The engine may read no other folder.
    await copyFile(path, copy)
    const [row] = await readRows(connection, sql`SELECT decode(value) AS footer FROM parquet_kv_metadata(${copy}) WHERE decode(key) = ${footerKey}`)
    const { Value } = await import('../../schemas/typebox/value.js')
    const { days, check } = Value.Parse(FooterSchema, JSON.parse(String(row?.['footer'])))
    return { table: await loadTable(connection, copy, check), days }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  } finally {
    await rm(copy, { force: true })
  }
}

async function loadTable (connection: DuckDBConnection, path: string, check: string): Promise<string> {
  const table = await createVersions(connection)
  try {
    await readRows(connection, sql`INSERT INTO ${sql.id(table)} SELECT * FROM read_parquet(${path})`)
    if (await checkOf(connection, table) !== check) throw new Error('its rows are not those that were written')
    return table
  } catch (error) {
    await dropRelation(connection, { table })
    throw error
  }
}

/** How many rows there are and a sum over the engine's own hashes of them. */
async function checkOf (connection: DuckDBConnection, table: string): Promise<string> {
  const [row] = await readRows(connection, sql`SELECT concat(count(*), ' ', sum(hash(versions))) AS check FROM ${sql.id(table)} AS versions`)
  return String(row?.['check'])
}
