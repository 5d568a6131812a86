import type { DuckDBConnection } from '@duckdb/node-api'
import { plotFields } from '../../schemas/plot.js'
import { malaysia, otherScheme, schemes, states } from '../../schemas/reference.js'
import { integerColumns, measureColumns, upstreamColumns, type UpstreamColumn } from '../../schemas/upstream.js'
import { cleanText, finiteNumber, integer, openFile, rawText, time, type FileColumns } from './columns.js'
import { readRows } from './database.js'
import { selectInOrder } from './numbering.js'
import { list, sql, type Sql } from './sql.js'

/** The plots of one snapshot, ready to be queried. */
export interface Relation {
  /**
   * A table with the fields of a plot and: `row` (dense, from 0, in order of id), `json` (the plot as JSON text),
   * `created_time`, `updated_time` (UTC), `has_location`, and what {@link upstreamRecord} and {@link upstreamValue} need.
   */
  table: string
  /** Rows of the file, duplicates and rows without an id included. */
  rows: number
  /** Plots in the table. */
  plots: number
  /** About what the table takes in memory. */
  sizeBytes: number
}

const measures: ReadonlySet<UpstreamColumn> = new Set(measureColumns)

// Measured: a loaded register of 47,500 plots takes this many times the text of its JSON columns.
const memoryPerTextByte = 2.2

/** A plot's record as upstream has it, as JSON text: made of the plot, unless other columns than measures are not the same there. */
export const upstreamRecord = sql`coalesce(upstream_json, ${jsonObject(upstreamColumns, column => measures.has(column) ? upstreamValue(column) : sql.id(column))})`

let tables = 0

/** Loads a Parquet file of any age into a typed table of its own. */
export async function loadRelation (connection: DuckDBConnection, path: string): Promise<Relation> {
  const file = await openFile(connection, path)
  const table = `plots_${++tables}`
  const records = await selectInOrder(connection, file)
  const others = upstreamColumns.filter(column => !measures.has(column))
  const isOther = list(others.map(column => sql`${sql.id(column)} IS DISTINCT FROM ${upstreamValue(column)}`), ' OR ')
  const plots = selectPlots(file.columns, records, ...upstreamColumns.map(column => sql`${asUpstreamServes(file.columns, column)} AS ${upstreamValue(column)}`))
  await readRows(connection, sql`CREATE TABLE ${sql.id(table)} AS
    SELECT * EXCLUDE (${list(others.map(upstreamValue))}),
      CASE WHEN ${isOther} THEN ${jsonObject(upstreamColumns, upstreamValue)} END AS upstream_json,
      ${jsonObject(plotFields, field => sql.id(field))} AS json
    FROM (${plots}) AS plots`)
  const [counts] = await readRows(connection, sql`
    SELECT (SELECT count(*) FROM ${file.source})::DOUBLE AS rows, count(*)::DOUBLE AS plots,
      coalesce(sum(strlen(json) + coalesce(strlen(upstream_json), 0)), 0)::DOUBLE AS text_bytes
    FROM ${sql.id(table)}`)
  return { table, rows: Number(counts?.['rows']), plots: Number(counts?.['plots']), sizeBytes: Math.ceil(memoryPerTextByte * Number(counts?.['text_bytes'])) + 1 }
}

/** A column as upstream has it, which the table keeps of measures. */
export function upstreamValue (column: UpstreamColumn): Sql {
  return sql.id(`upstream_${column}`)
}

/** Lets a relation go. */
export async function dropRelation (connection: DuckDBConnection, { table }: Pick<Relation, 'table'>): Promise<void> {
  await readRows(connection, sql`DROP TABLE IF EXISTS ${sql.id(table)}`)
}

/** The plots as they are served, of records that have their `row`, and whatever else is to be made of each record. */
export function selectPlots (columns: FileColumns, records: Sql, ...others: Sql[]): Sql {
  return sql`
    WITH typed AS (
      SELECT ${list([sql`row`, ...upstreamColumns.map(column => sql`${typed(columns, column)} AS ${sql.id(column)}`), ...others])}
      FROM (${records})
    )
    SELECT * REPLACE (coalesce("stateId", ${stateIdByName}) AS "stateId", coalesce(state, ${stateById}) AS state),
      ${list(derivedColumns.map(column => sql`${derived[column]} AS ${sql.id(column)}`))}
    FROM typed`
}

function typed (columns: FileColumns, column: UpstreamColumn): Sql {
  if (integerColumns.has(column)) return integer(columns, column)
  return measures.has(column) ? finiteNumber(columns, column) : cleanText(columns, column)
}

function asUpstreamServes (columns: FileColumns, column: UpstreamColumn): Sql {
  return integerColumns.has(column) ? integer(columns, column) : rawText(columns, column)
}

/** A JSON object as text, with the named members in their order. */
export function jsonObject<Name extends string> (names: readonly Name[], value: (name: Name) => Sql): Sql {
  return sql`CAST(json_object(${list(names.map(name => sql`${sql.lit(name)}, ${value(name)}`))}) AS VARCHAR)`
}

/** The id of the state that is named. */
export const stateIdByName = sql`CASE lower(state) ${list(
  states.map(({ stateId, state }) => sql`WHEN ${sql.lit(state.toLowerCase())} THEN ${sql.lit(stateId)}`), ' ')} END`

/** The name of the state with that id. */
export const stateById = sql`CASE "stateId" ${list(
  states.map(({ stateId, state }) => sql`WHEN ${sql.lit(stateId)} THEN ${sql.lit(state)}`), ' ')} END`

const firstWord = sql`regexp_extract(upper(entity_name), '^[\\p{L}\\p{M}\\p{N}_]+')`

// For a list of so many the engine would make a join, after which a table of many plots is no longer in order.
const schemeOf = sql`CASE ${firstWord} ${list(
  schemes.map(({ scheme }) => sql`WHEN ${sql.lit(scheme)} THEN ${sql.lit(scheme)}`), ' ')} ELSE ${sql.lit(otherScheme)} END`

const hasLocation = sql`coalesce(
  gps_coordinate_lat BETWEEN ${sql.lit(malaysia.minLatitude)} AND ${sql.lit(malaysia.maxLatitude)}
  AND gps_coordinate_long BETWEEN ${sql.lit(malaysia.minLongitude)} AND ${sql.lit(malaysia.maxLongitude)}, false)`

export type DerivedColumn = 'scheme' | 'has_location' | 'created_time' | 'updated_time'

/** What is made of other columns of the same plot. */
export const derived: Readonly<Record<DerivedColumn, Sql>> = {
  scheme: schemeOf,
  has_location: hasLocation,
  created_time: time(sql`created_at`),
  updated_time: time(sql`updated_at`),
}

export const derivedColumns = ['scheme', 'has_location', 'created_time', 'updated_time'] as const satisfies DerivedColumn[]
