import type { DuckDBConnection } from '@duckdb/node-api'
import { plotFields, type PlotField } from '../../schemas/plot.js'
import { otherScheme } from '../../schemas/reference.js'
import { integerColumns, measureColumns, upstreamColumns, type UpstreamColumn } from '../../schemas/upstream.js'
import { openFile } from './columns.js'
import { readRows } from './database.js'
import { selectNumbered } from './numbering.js'
import { derived, derivedColumns, selectPlots, stateById, stateIdByName, type DerivedColumn } from './relation.js'
import { list, sql, type Sql } from './sql.js'

/**
 * What is known of one day: its file may lack columns. Those are unknown on that day, not null:
 * the versions carry on what was known before.
 */
export interface KnownDay {
  /** `YYYYMMDD`. */
  day: string
  lacking: readonly UpstreamColumn[]
}

/** Why there is a row: the plot was not there the day before, a field changed, or nothing but `updated_at` changed. */
export type VersionKind = 'added' | 'changed' | 'updated'

type VersionColumn = UpstreamColumn | DerivedColumn

/** What makes up a version of a plot. */
const columns: readonly VersionColumn[] = [...upstreamColumns, ...derivedColumns]

const measures: ReadonlySet<string> = new Set(measureColumns)
const integers: ReadonlySet<string> = integerColumns

let tables = 0

/** A table for the versions of all plots; without any yet. */
export async function createVersions (connection: DuckDBConnection): Promise<string> {
  const table = nextTable()
  await readRows(connection, sql`CREATE TABLE ${sql.id(table)} (
    ${list(columns.map(column => sql`${sql.id(column)} ${sql.raw(typeOf(column))}`))},
    first INTEGER NOT NULL, last INTEGER, kind VARCHAR NOT NULL, added INTEGER NOT NULL)`)
  return table
}

/** A table with the versions of these days, oldest first, as it was before the next day was folded in. */
export async function rewindVersions (connection: DuckDBConnection, table: string, days: readonly KnownDay[]): Promise<string> {
  const rewound = await createVersions(connection)
  const [day, lacking] = [Number(days.at(-1)?.day), days.at(-1)?.lacking ?? []]
  // What was put into a row on a later day.
  const unknown = [...masksOf(lacking)].map(([column, mask]) => {
    const isLater = list(sourcesOf(column).map(source => isUnknown(source, days)), ' OR ')
    return sql`CASE WHEN ${isLater} THEN ${mask} ELSE ${sql.id(column)} END AS ${sql.id(column)}`
  })
  await readRows(connection, sql`INSERT INTO ${sql.id(rewound)}
    SELECT * REPLACE (${list([sql`CASE WHEN last < ${day} THEN last END AS last`, ...unknown])}) FROM ${sql.id(table)} WHERE first <= ${day}`)
  return rewound
}

/**
 * Finds out what the next day's file does to the versions of the `days` before, for {@link foldDay} on the same
 * connection, and returns the columns that the file lacks. May be done again. Values are compared as they are served.
 * Throws where the file is no whole one.
 */
export async function readDay (connection: DuckDBConnection, table: string, path: string, days: readonly KnownDay[]): Promise<UpstreamColumn[]> {
  const file = await openFile(connection, path)
  const lacking = upstreamColumns.filter(column => !file.columns.has(column))
  await readRows(connection, sql`CREATE OR REPLACE TEMP TABLE steps AS ${selectSteps(table, selectPlots(file.columns, selectNumbered(file)), lacking, days)}`)
  return lacking
}

/**
 * Folds what {@link readDay} found into the versions, in one transaction: a row begins on `first`, the day of that
 * file, and ends on `last`, the day before the one on which the plot was gone or another; null while it stands.
 * What was unknown since `added`, on which the plot's stay began, is put into the row that stands: the days on which
 * nobody knew it lack it, and {@link maskVersions} hides it there.
 */
export async function foldDay (connection: DuckDBConnection, table: string, { day, lacking }: KnownDay, days: readonly KnownDay[]): Promise<void> {
  const today = Number(day)
  const previous = days.at(-1)
  const filled = (previous?.lacking ?? []).filter(column => !lacking.includes(column))
  const set = [...filled, ...madeOf(filled)].map(column => sql`${sql.id(column)} = steps.${sql.id(column)}`)
  await connection.run('BEGIN')
  try {
    if (set.length > 0) {
      await readRows(connection, sql`UPDATE ${sql.id(table)} AS standing SET ${list(set)} FROM steps
        WHERE standing.last IS NULL AND steps.kind = 'filled' AND steps.entity_smallholder_id = standing.entity_smallholder_id`)
    }
    await readRows(connection, sql`UPDATE ${sql.id(table)} SET last = ${Number(previous?.day ?? day)}
      WHERE last IS NULL AND entity_smallholder_id IN (SELECT entity_smallholder_id FROM steps WHERE kind NOT IN ('added', 'filled'))`)
    await readRows(connection, sql`INSERT INTO ${sql.id(table)}
      SELECT ${list(columns.map(column => sql.id(column)))}, ${today}, NULL, kind, coalesce(added, ${today}) FROM steps
      WHERE kind NOT IN ('removed', 'filled') ORDER BY entity_smallholder_id`)
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
  const masks = masksOf(lacking)
  // Each of these two tells the other where that is missing.
  if (masks.has('state') && !masks.has('stateId')) masks.set('state', stateById)
  else if (masks.has('stateId') && !masks.has('state')) masks.set('stateId', stateIdByName)
  const replaced = masks.size === 0 ? sql`` : sql`REPLACE (${list([...masks].map(([column, mask]) => sql`${mask} AS ${sql.id(column)}`))})`
  return sql`SELECT * ${replaced} FROM ${sql.id(table)} WHERE ${where}`
}

/** The fields of which something is known on each of the days. */
export function fieldsKnownOn (...days: readonly KnownDay[]): PlotField[] {
  const lacking = new Set<PlotField>(days.flatMap(day => day.lacking))
  if (lacking.has('entity_name')) lacking.add('scheme')
  return plotFields.filter(field => !lacking.has(field))
}

/** What one day does to the versions that stand: only what is not as it was. */
function selectSteps (table: string, plots: Sql, lacking: readonly UpstreamColumn[], days: readonly KnownDay[]): Sql {
  const known = upstreamColumns.filter(column => !lacking.includes(column))
  const differs = (column: UpstreamColumn) => sql`today.${sql.id(column)} IS DISTINCT FROM standing.${sql.id(column)}`
  const becameAnother = (column: UpstreamColumn) => sql`(${differs(column)} AND NOT ${isUnknown(column, days)})`
  const compared = known.filter(column => column !== 'entity_smallholder_id' && column !== 'updated_at')
  return sql`
    SELECT *, ${list(derivedColumns.map(column => sql`${derived[column]} AS ${sql.id(column)}`))} FROM (
      SELECT ${list(upstreamColumns.map(column => sql`${stepValue(column, lacking)} AS ${sql.id(column)}`))}, standing.added AS added,
        CASE WHEN today.entity_smallholder_id IS NULL THEN 'removed'
          WHEN standing.entity_smallholder_id IS NULL THEN 'added'
          WHEN ${list([sql`false`, ...compared.map(becameAnother)], ' OR ')} THEN 'changed'
          WHEN ${known.includes('updated_at') ? becameAnother('updated_at') : sql`false`} THEN 'updated'
          WHEN ${list([sql`false`, ...known.map(differs)], ' OR ')} THEN 'filled' END AS kind
      FROM (${plots}) AS today
        FULL JOIN (SELECT * FROM ${sql.id(table)} WHERE last IS NULL) AS standing USING (entity_smallholder_id)
    ) WHERE kind IS NOT NULL`
}

/** Whether none of the days since a plot was added has told the column, on the last of these days. */
function isUnknown (column: UpstreamColumn, days: readonly KnownDay[]): Sql {
  const told = days.findLast(({ lacking }) => !lacking.includes(column))?.day
  return told !== undefined && told === days.at(-1)?.day ? sql`false` : sql`(added > ${Number(told ?? 0)})`
}

/** What stands in the place of columns of which nothing is known, and of what is made of them. */
function masksOf (lacking: readonly UpstreamColumn[]): Map<VersionColumn, Sql> {
  return new Map([...lacking, ...madeOf(lacking)].map(column => [column, maskOf(column)]))
}

function maskOf (column: VersionColumn): Sql {
  if (column === 'scheme') return sql`${sql.lit(otherScheme)}`
  return column === 'has_location' ? sql`false` : sql`CAST(NULL AS ${sql.raw(typeOf(column))})`
}

/** What is made of any of these columns. */
function madeOf (columns: readonly UpstreamColumn[]): DerivedColumn[] {
  return derivedColumns.filter(column => sourcesOf(column).some(source => columns.includes(source)))
}

/** A column of the version that begins: the day's own value, or what was known before where the file lacks it. */
function stepValue (column: UpstreamColumn, lacking: readonly UpstreamColumn[]): Sql {
  if (column === 'entity_smallholder_id') return sql.id(column)
  return lacking.includes(column) ? sql`standing.${sql.id(column)}` : sql`today.${sql.id(column)}`
}

/** The columns of a file that a column of a version is made of. */
function sourcesOf (column: VersionColumn): readonly UpstreamColumn[] {
  if (column === 'scheme') return ['entity_name']
  if (column === 'has_location') return ['gps_coordinate_lat', 'gps_coordinate_long']
  if (column === 'created_time') return ['created_at']
  return column === 'updated_time' ? ['updated_at'] : [column]
}

function typeOf (column: VersionColumn): string {
  if (column === 'has_location') return 'BOOLEAN'
  if (column === 'created_time' || column === 'updated_time') return 'TIMESTAMP'
  return integers.has(column) ? 'BIGINT' : measures.has(column) ? 'DOUBLE' : 'VARCHAR'
}

function nextTable (): string {
  return `versions_${++tables}`
}
