import type { EudrReportQuery } from '../../schemas/eudr.js'
import type { FilterParameters } from '../../schemas/filters.js'
import type { Database } from '../duckdb/database.js'
import { jsonObject, upstreamValue, type Relation } from '../duckdb/relation.js'
import { list, sql, type Sql } from '../duckdb/sql.js'
import { compileFilter } from './filter.js'
import { compileRange, numberFields } from './page.js'
import type { RowText, TableResult } from './result.js'
import { compileSort } from './sort.js'
import { badParameter } from './values.js'

// A plot over four hectares needs a polygon. Source: Regulation (EU) 2023/1115, article 2 (28).
const mostHectares = 4

/** Why the file has not got a plot; null where it has. */
const reason = sql`CASE
  WHEN NOT has_location THEN 'no_location'
  WHEN planted_area IS NULL OR planted_area <= 0 THEN 'no_area'
  WHEN planted_area > ${sql.lit(mostHectares)} THEN 'needs_polygon' END`

const sixDecimals = (column: string) => sql`printf('%.6f', ${sql.id(column)})`

/** A Feature as the EU's information system reads it, in JSON. Source: the GeoJSON file description of its user guide. */
const feature: Sql = sql`concat('{"type":"Feature","geometry":{"type":"Point","coordinates":[', ${sixDecimals('gps_coordinate_long')}, ',', ${sixDecimals('gps_coordinate_lat')}, ']},"properties":',
  json_object('ProducerName', coalesce(name, entity_name, ''), 'ProducerCountry', 'MY',
    'ProductionPlace', concat_ws(', ', 'Lot ' || lot_no, entity_name, daerah, state), 'Area', planted_area), '}')`

const separator = ','

export const eudrFeature: RowText = { item: feature, separator }
export const eudrFrame = { head: '{"type":"FeatureCollection","features":[', tail: ']}\n' }

/** What a file has, and what it has not. */
export interface EudrFile {
  /** The plots of the file. */
  where: Sql
  included: number
  leftOut: Record<'no_location' | 'no_area' | 'needs_polygon', number>
}

/**
 * The plots of a file, or of one of its parts, each of which has at most `limitBytes`. Throws `OSH_BAD_PARAMETER`
 * where all are too much for one file, or where there is no such part.
 */
export async function planFile (database: Database, { table }: Relation, { part, ...filters }: FilterParameters & { part?: number }, limitBytes: number): Promise<EudrFile> {
  const where = compileFilter(filters)
  const count = (name: string) => sql`count(*) FILTER (reason = ${sql.lit(name)})::DOUBLE AS ${sql.id(name)}`
  const [row = {}] = await database.query(sql`
    WITH plots AS (SELECT ${reason} AS reason, CASE WHEN ${reason} IS NULL THEN strlen(${feature}) END AS bytes FROM ${sql.id(table)} WHERE ${where})
    SELECT count(bytes)::DOUBLE AS included, coalesce(sum(bytes + 1), 0)::DOUBLE AS bytes, coalesce(max(bytes), 0)::DOUBLE AS longest,
      ${list([count('no_location'), count('no_area'), count('needs_polygon')])} FROM plots`)
  const number = (name: string) => Number(row[name] ?? 0)
  // A feature belongs to the part that it begins in, so that a part may be longer by one of them.
  const room = Math.max(1, limitBytes - eudrFrame.head.length - eudrFrame.tail.length - number('longest') - 1)
  const parts = Math.max(1, Math.ceil(number('bytes') / room))
  const fits = number('bytes') + eudrFrame.head.length + eudrFrame.tail.length <= limitBytes
  const isIncluded = sql`${where} AND ${reason} IS NULL`
  const leftOut = { no_location: number('no_location'), no_area: number('no_area'), needs_polygon: number('needs_polygon') }
  if (part === undefined) {
    if (!fits) throw badParameter('part', `all that match make ${Math.ceil(number('bytes') / 1e6)} MB, more than the ${limitBytes / 1e6} MB that one file may have; take part=1 to part=${parts}, or narrow it with a filter such as state`)
    return { where: isIncluded, included: number('included'), leftOut }
  }
  if (part > parts) throw badParameter('part', `is beyond the last of ${parts} parts`)
  const [bounds = {}] = await database.query(sql`
    WITH features AS (SELECT row, sum(strlen(${feature}) + 1) OVER (ORDER BY row) - strlen(${feature}) - 1 AS begin FROM ${sql.id(table)} WHERE ${isIncluded})
    SELECT count(*)::DOUBLE AS included, coalesce(min(row), 0)::DOUBLE AS first, coalesce(max(row), -1)::DOUBLE AS last FROM features WHERE floor(begin / ${room}) = ${part - 1}`)
  return { where: sql`${isIncluded} AND row BETWEEN ${Number(bounds['first'])} AND ${Number(bounds['last'])}`, included: Number(bounds['included']), leftOut }
}

/** The decimals of a coordinate as upstream wrote it: `1.7 ` has one, `1.0408802e2` five. */
function sourceDecimals (coordinate: 'gps_coordinate_lat' | 'gps_coordinate_long'): Sql {
  const text = upstreamValue(coordinate)
  const exponent = sql`coalesce(TRY_CAST(regexp_extract(${text}, '[eE]\\+?(-?\\d+)', 1) AS INTEGER), 0)`
  return sql`greatest(strlen(regexp_extract(${text}, '\\.(\\d*)', 1)) - ${exponent}, 0)`
}

const fields = ['entity_smallholder_id', 'name', 'entity_name', 'state', 'planted_area', 'gps_coordinate_lat', 'gps_coordinate_long'] as const
const remarks = ['included', 'reason', 'decimals', 'same_coordinate', 'cert_status'] as const
const numbers: ReadonlySet<string> = new Set([...numberFields, 'included', 'decimals', 'same_coordinate'])

/** Each plot with whether the file has it, why not, and what else a reader of it should know. Throws `OSH_BAD_PARAMETER`. */
export function parseReportQuery (query: Pick<EudrReportQuery, 'sort' | 'included'> & FilterParameters): TableResult {
  const names = [...fields, ...remarks]
  const where = compileFilter(query)
  const chosen = query.included === undefined ? sql`true` : query.included === 'true' ? sql`included` : sql`NOT included`
  const sort = compileSort(query.sort, { fields: names, last: ['entity_smallholder_id'] })
  const plots = (table: string) => sql`
    SELECT ${list(fields.map(field => sql.id(field)))}, reason, reason IS NULL AS included, cert_status,
      CASE WHEN has_location THEN least(${sourceDecimals('gps_coordinate_long')}, ${sourceDecimals('gps_coordinate_lat')}) END AS decimals,
      CASE WHEN has_location THEN count(*) OVER (PARTITION BY has_location, gps_coordinate_long, gps_coordinate_lat) ELSE 0 END AS same_coordinate
    FROM (SELECT *, ${reason} AS reason FROM ${sql.id(table)} WHERE ${where}) AS plots`
  const count = (condition: Sql) => sql`count(*) FILTER (${condition})`
  return {
    columns: names.map(name => ({ name, value: sql.id(name), isText: !numbers.has(name) })),
    json: jsonObject(names, name => sql.id(name)),
    page: ({ item, separator }, range) => ({ table }) => sql`
      WITH plots AS MATERIALIZED (${plots(table)}),
        chosen AS (SELECT * FROM plots WHERE ${chosen}),
        page AS (SELECT * FROM chosen ORDER BY ${sort.order} ${compileRange(range)})
      SELECT (SELECT count(*) FROM chosen)::DOUBLE AS total,
        (SELECT string_agg(${item}, ${sql.lit(separator)} ORDER BY ${sort.order}) FROM page) AS items,
        (SELECT json_object('summary', json_object('included', ${count(sql`included`)},
          'left_out', json_object('no_location', ${count(sql`reason = 'no_location'`)}, 'no_area', ${count(sql`reason = 'no_area'`)}, 'needs_polygon', ${count(sql`reason = 'needs_polygon'`)}),
          'same_coordinate', ${count(sql`included AND same_coordinate > 1`)}, 'not_active', ${count(sql`included AND cert_status IS DISTINCT FROM 'ACTIVE'`)},
          'decimals', coalesce((SELECT json_group_object(CAST(decimals AS VARCHAR), plots) FROM (SELECT decimals, count(*) AS plots FROM plots WHERE included GROUP BY decimals ORDER BY decimals)), '{}'))) FROM plots) AS meta`,
    select: (selection, range) => ({ table }) => sql`SELECT ${selection} FROM (${plots(table)}) AS plots WHERE ${chosen} ORDER BY ${sort.order} ${compileRange(range)}`,
  }
}
