import type { DuckDBConnection } from '@duckdb/node-api'
import { certificationStatuses, malaysia } from '../../schemas/reference.js'
import type { Quality, SnapshotFacts } from '../../schemas/snapshot.js'
import { integerColumns, measureColumns, upstreamColumns, type UpstreamColumn } from '../../schemas/upstream.js'
import { cleanText, finiteNumber, hasText, integer, type FileColumns, type Rows } from './columns.js'
import { readRows, type Row } from './database.js'
import { list, sql, type Sql } from './sql.js'

const numbers = [...measureColumns, 'stateId', 'daerahId'] as const

/**
 * Counts what is unusual in rows, as a file or the writer has them. `unreadable` are the
 * values that their column could not hold: null in the rows, but not in the report.
 */
export async function reportQuality (connection: DuckDBConnection, { source, columns }: Rows, unreadable: SnapshotFacts['unreadable'] = []): Promise<Quality> {
  const [counts = {}] = await readRows(connection, selectCounts(columns, source))
  const statuses = await readRows(connection, selectStatuses(columns, source))
  const kept = (column: string) => unreadable.filter(value => value.column === column && String(value.value).trim() !== '').length
  const known: ReadonlySet<string> = new Set(upstreamColumns)
  return {
    rows: count(counts, 'rows'),
    plots: count(counts, 'plots'),
    duplicates: count(counts, 'rows') - count(counts, 'withoutId') - count(counts, 'plots'),
    withoutId: count(counts, 'withoutId'),
    nulls: Object.fromEntries(upstreamColumns.map(column => [column, count(counts, `null_${column}`) - kept(column)])),
    unreadableNumbers: Object.fromEntries(numbers.map(column => [column, count(counts, `unreadable_${column}`) + kept(column)])),
    coordinates: {
      missing: count(counts, 'missing'),
      unreadable: count(counts, 'unreadable'),
      zero: count(counts, 'zero'),
      swapped: count(counts, 'swapped'),
      outside: count(counts, 'outside'),
    },
    unknownStatuses: Object.fromEntries(statuses.map(row => [String(row['status']), count(row, 'rows')])),
    unknownColumns: [...columns.keys()].filter(column => !known.has(column)),
    missingColumns: upstreamColumns.filter(column => !columns.has(column)),
  }
}

function count (row: Row, name: string): number {
  return Number(row[name] ?? 0)
}

function selectCounts (columns: FileColumns, source: Sql): Sql {
  const isGiven = (column: string) => sql.id(`has_${column}`)
  const isNull = (column: UpstreamColumn) => column === 'entity_smallholder_id' ? sql`id IS NULL` : sql`NOT ${isGiven(column)}`
  const number = (column: string) => sql.id(`${column}_number`)
  const within = (latitude: string, longitude: string) => sql`(
    ${number(latitude)} BETWEEN ${sql.lit(malaysia.minLatitude)} AND ${sql.lit(malaysia.maxLatitude)}
    AND ${number(longitude)} BETWEEN ${sql.lit(malaysia.minLongitude)} AND ${sql.lit(malaysia.maxLongitude)})`
  const [latitude, longitude] = ['gps_coordinate_lat', 'gps_coordinate_long']
  return sql`
    WITH typed AS (
      SELECT ${integer(columns, 'entity_smallholder_id')} AS id,
        ${list(upstreamColumns.map(column => sql`${hasText(columns, column)} AS ${isGiven(column)}`))},
        ${list(numbers.map(column => sql`${numberOf(columns, column)} AS ${number(column)}`))}
      FROM ${source}
    ), placed AS (
      SELECT *, CASE
        WHEN NOT ${isGiven(latitude)} OR NOT ${isGiven(longitude)} THEN 'missing'
        WHEN ${number(latitude)} IS NULL OR ${number(longitude)} IS NULL THEN 'unreadable'
        WHEN ${number(latitude)} = 0 OR ${number(longitude)} = 0 THEN 'zero'
        WHEN ${within(latitude, longitude)} THEN 'inside'
        WHEN ${within(longitude, latitude)} THEN 'swapped'
        ELSE 'outside' END AS place
      FROM typed
    )
    SELECT count(*)::DOUBLE AS rows,
      count(DISTINCT id)::DOUBLE AS plots,
      count(*) FILTER (id IS NULL)::DOUBLE AS "withoutId",
      ${list(upstreamColumns.map(column => sql`count(*) FILTER (${isNull(column)})::DOUBLE AS ${sql.id(`null_${column}`)}`))},
      ${list(numbers.map(column => sql`count(*) FILTER (${isGiven(column)} AND ${number(column)} IS NULL)::DOUBLE AS ${sql.id(`unreadable_${column}`)}`))},
      ${list(['missing', 'unreadable', 'zero', 'swapped', 'outside'].map(place => sql`count(*) FILTER (place = ${sql.lit(place)})::DOUBLE AS ${sql.id(place)}`))}
    FROM placed`
}

function numberOf (columns: FileColumns, column: typeof numbers[number]): Sql {
  return integerColumns.has(column) ? integer(columns, column) : finiteNumber(columns, column)
}

function selectStatuses (columns: FileColumns, source: Sql): Sql {
  return sql`
    WITH statuses AS (SELECT ${cleanText(columns, 'cert_status')} AS status FROM ${source})
    SELECT status, count(*)::DOUBLE AS rows FROM statuses
    WHERE status IS NOT NULL AND status NOT IN (${list(certificationStatuses.map(status => sql.lit(status)))})
    GROUP BY status ORDER BY rows DESC, status LIMIT 100`
}
