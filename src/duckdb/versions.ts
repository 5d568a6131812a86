import type { DuckDBConnection } from '@duckdb/node-api'
import { plotFields, type PlotField } from '../../schemas/plot.js'
import { otherScheme } from '../../schemas/reference.js'
import { integerColumns, measureColumns, upstreamColumns, type UpstreamColumn } from '../../schemas/upstream.js'
import { openFile } from './columns.js'
import { readRows } from './database.js'
import { derived, derivedColumns, selectPlots, stateById, stateIdByName, type DerivedColumn } from './relation.js'
import { compile, list, sql, type Sql } from './sql.js'

/**
 * What is known of one day: its file may lack columns. Those are unknown on that day, not null:
 * the versions carry on what was known before.
 */
export interface KnownDay {
  /** `YYYYMMDD`. */
  day: string
  lacking: readonly UpstreamColumn[]
}

/**
 * Why there is a row: the plot was not there the day before, a field changed, nothing but
 * `updated_at` changed, or nothing but what was unknown became known.
 */
export type VersionKind = 'added' | 'changed' | 'updated' | 'filled'

type VersionColumn = UpstreamColumn | DerivedColumn

/** What makes up a version of a plot. */
const columns: readonly VersionColumn[] = [...upstreamColumns, ...derivedColumns]

const measures: ReadonlySet<string> = new Set(measureColumns)
const integers: ReadonlySet<string> = integerColumns

let tables = 0

/** A table for the versions of all plots; without any yet. */
export async function createVersions (connection: DuckDBConnection): Promise<string> {
  const table = nextTable()
  await readRows(connection, compile(sql`CREATE TABLE ${sql.table(table)} (
    ${list(columns.map(column => sql`${sql.ref(column)} ${sql.raw(typeOf(column))}`))},
    first INTEGER NOT NULL, last INTEGER, kind VARCHAR NOT NULL, unknown INTEGER NOT NULL)`))
  return table
}

/** A table with the versions of the days up to `last`, as it was before the next day was folded in. */
export async function rewindVersions (connection: DuckDBConnection, table: string, last: string): Promise<string> {
  const rewound = await createVersions(connection)
  const day = Number(last)
  await readRows(connection, compile(sql`INSERT INTO ${sql.table(rewound)}
    SELECT * REPLACE (CASE WHEN last < ${day} THEN last END AS last) FROM ${sql.table(table)} WHERE first <= ${day}`))
  return rewound
}

/**
 * Finds out what the next day's file does to the versions, for {@link foldDay} on the same connection, and returns
 * the columns that the file lacks. May be done again. Values are compared as they are served. Throws where the file
 * is no whole one.
 */
export async function readDay (connection: DuckDBConnection, table: string, path: string): Promise<UpstreamColumn[]> {
  const file = await openFile(connection, path)
  const lacking = upstreamColumns.filter(column => !file.columns.has(column))
  await readRows(connection, compile(sql`CREATE OR REPLACE TEMP TABLE steps AS ${selectSteps(table, selectPlots(file), lacking)}`))
  return lacking
}

/**
 * Folds what {@link readDay} found into the versions, in one transaction: a row begins on `first`, the day of that
 * file, and ends on `last`, the day before the one on which the plot was gone or another; null while it stands.
 */
export async function foldDay (connection: DuckDBConnection, table: string, { day, previous }: { day: string, previous: string | undefined }): Promise<void> {
  const today = Number(day)
  await connection.run('BEGIN')
  try {
    await readRows(connection, compile(sql`UPDATE ${sql.table(table)} SET last = ${Number(previous ?? day)}
      WHERE last IS NULL AND entity_smallholder_id IN (SELECT entity_smallholder_id FROM steps WHERE stood)`))
    await readRows(connection, compile(sql`INSERT INTO ${sql.table(table)}
      SELECT ${list(columns.map(column => sql.ref(column)))}, ${today}, NULL, kind, unknown FROM steps WHERE kind <> 'removed' ORDER BY entity_smallholder_id`))
    await connection.run('COMMIT')
  } catch (error) {
    await connection.run('ROLLBACK')
    throw error
  }
}

/**
 * The plots of one day as they were served then, as something to select from. `besides` narrows the rows
 * by `first` and `last`.
 */
export function plotsOf (table: string, { day, lacking }: KnownDay, besides: Sql = sql`true`): Sql {
  const date = Number(day)
  return sql`(${maskVersions(table, lacking, sql`first <= ${date} AND (last IS NULL OR last >= ${date}) AND ${besides}`)})`
}

/** Versions without what the file of a day lacks; `where` sees them with it. */
export function maskVersions (table: string, lacking: readonly UpstreamColumn[], where: Sql = sql`true`): Sql {
  const masks = new Map<VersionColumn, Sql>(lacking.map(column => [column, sql`CAST(NULL AS ${sql.raw(typeOf(column))})`]))
  const lacks = (column: UpstreamColumn) => masks.has(column)
  if (lacks('entity_name')) masks.set('scheme', sql`${sql.lit(otherScheme)}`)
  if (lacks('gps_coordinate_lat') || lacks('gps_coordinate_long')) masks.set('has_location', sql`false`)
  if (lacks('created_at')) masks.set('created_time', sql`CAST(NULL AS TIMESTAMP)`)
  if (lacks('updated_at')) masks.set('updated_time', sql`CAST(NULL AS TIMESTAMP)`)
  // Each of these two tells the other where that is missing.
  if (lacks('state') && !lacks('stateId')) masks.set('state', stateById)
  if (lacks('stateId') && !lacks('state')) masks.set('stateId', stateIdByName)
  const replaced = masks.size === 0 ? sql`` : sql`REPLACE (${list([...masks].map(([column, mask]) => sql`${mask} AS ${sql.ref(column)}`))})`
  return sql`SELECT * ${replaced} FROM ${sql.table(table)} WHERE ${where}`
}

/** The fields of which something is known on each of the days. */
export function fieldsKnownOn (...days: readonly KnownDay[]): PlotField[] {
  const lacking = new Set<PlotField>(days.flatMap(day => day.lacking))
  if (lacking.has('entity_name')) lacking.add('scheme')
  return plotFields.filter(field => !lacking.has(field))
}

/** What one day does to the versions that stand: only what is not as it was. */
function selectSteps (table: string, plots: Sql, lacking: readonly UpstreamColumn[]): Sql {
  const known = upstreamColumns.filter(column => !lacking.includes(column))
  const differs = (column: UpstreamColumn) =>
    sql`(standing.unknown & ${bit(column)} = 0 AND today.${sql.ref(column)} IS DISTINCT FROM standing.${sql.ref(column)})`
  const compared = known.filter(column => column !== 'entity_smallholder_id' && column !== 'updated_at')
  const lackingBits = sum(lacking)
  return sql`
    SELECT *, ${list(derivedColumns.map(column => sql`${derived[column]} AS ${sql.ref(column)}`))} FROM (
      SELECT ${list(upstreamColumns.map(column => sql`${stepValue(column, lacking)} AS ${sql.ref(column)}`))},
        standing.entity_smallholder_id IS NOT NULL AS stood,
        CASE WHEN today.entity_smallholder_id IS NULL THEN 'removed'
          WHEN standing.entity_smallholder_id IS NULL THEN 'added'
          WHEN ${list([sql`false`, ...compared.map(differs)], sql` OR `)} THEN 'changed'
          WHEN ${known.includes('updated_at') ? differs('updated_at') : sql`false`} THEN 'updated'
          WHEN standing.unknown & ${sum(known)} <> 0 THEN 'filled' END AS kind,
        coalesce(standing.unknown & ${lackingBits}, ${lackingBits}) AS unknown
      FROM (${plots}) AS today
        FULL JOIN (SELECT * FROM ${sql.table(table)} WHERE last IS NULL) AS standing USING (entity_smallholder_id)
    ) WHERE kind IS NOT NULL`
}

/** A column of the version that begins: the day's own value, or what was known before where the file lacks it. */
function stepValue (column: UpstreamColumn, lacking: readonly UpstreamColumn[]): Sql {
  if (column === 'entity_smallholder_id') return sql.ref(column)
  return lacking.includes(column) ? sql`standing.${sql.ref(column)}` : sql`today.${sql.ref(column)}`
}

function typeOf (column: VersionColumn): string {
  if (column === 'has_location') return 'BOOLEAN'
  if (column === 'created_time' || column === 'updated_time') return 'TIMESTAMP'
  return integers.has(column) ? 'BIGINT' : measures.has(column) ? 'DOUBLE' : 'VARCHAR'
}

/** In `unknown`: the plot has never been seen with this column since it was added. */
function bit (column: UpstreamColumn): Sql {
  return sum([column])
}

function sum (unknown: readonly UpstreamColumn[]): Sql {
  return sql`${sql.lit(unknown.reduce((bits, column) => bits + 2 ** upstreamColumns.indexOf(column), 0))}`
}

function nextTable (): string {
  return `versions_${++tables}`
}
