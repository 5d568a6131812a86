import type { FilterParameters } from '../../schemas/filters.js'
import { plotFields, type PlotField } from '../../schemas/plot.js'
import type { PlotsQuery } from '../../schemas/query.js'
import { integerColumns, measureColumns } from '../../schemas/upstream.js'
import { jsonObject, upstreamRecord, type Relation } from '../duckdb/relation.js'
import { sql, type Sql } from '../duckdb/sql.js'
import { compileFilter } from './filter.js'
import type { Column, Place, PlotsResult, Range, RowText } from './result.js'
import { compileSort } from './sort.js'
import { splitNames } from './values.js'

/** The fields that are numbers; all others are text. */
export const numberFields: ReadonlySet<PlotField> = new Set([...integerColumns, ...measureColumns])

// The table has these times also as what they are.
const times: Partial<Record<PlotField, string>> = { created_at: 'created_time', updated_at: 'updated_time' }

const place: Place = { id: 'entity_smallholder_id', longitude: 'gps_coordinate_long', latitude: 'gps_coordinate_lat', isKnown: sql`has_location` }

/** Plots' records as upstream has them, in a JSON array. */
export const asUpstream: RowText = { item: upstreamRecord, separator: ',' }

/** The plots that are asked for. Throws `OSH_BAD_PARAMETER`. */
export function parsePlotsQuery (query: Pick<PlotsQuery, 'sort' | 'fields'> & FilterParameters): PlotsResult {
  return selectPlots(compileFilter(query), query)
}

/** The plots of which a condition is true. */
export function selectPlots (where: Sql, query: Pick<PlotsQuery, 'sort' | 'fields'> = {}): PlotsResult {
  // Rows are numbered in the order of ids.
  const sort = compileSort(query.sort, { fields: plotFields, last: ['row'], alias: { entity_smallholder_id: 'row' } })
  const fields = query.fields === undefined ? plotFields : splitNames('fields', query.fields, plotFields)
  return {
    columns: fields.map(toColumn),
    json: query.fields === undefined ? sql`json` : jsonObject(fields, field => sql.id(field)),
    place,
    plots: { where, sort: query.sort === undefined ? undefined : sort },
    select: (selection, range) => ({ table }) =>
      sql`SELECT ${selection} FROM ${sql.id(table)} WHERE ${where} ORDER BY ${sort.order} ${compileRange(range)}`,
  }
}

/** The plot with an id; no rows where there is none. */
export function selectPlot ({ table }: Relation, id: number): Sql {
  return sql`SELECT json FROM ${sql.id(table)} WHERE entity_smallholder_id = ${id}`
}

/** The end of a SELECT that takes only those rows. */
export function compileRange (range: Range | undefined): Sql {
  return range === undefined ? sql`` : sql`LIMIT ${range.limit} OFFSET ${range.offset}`
}

function toColumn (name: PlotField): Column {
  const time = times[name]
  return { name, value: sql.id(name), isText: !numberFields.has(name), ...(time !== undefined && { typed: sql`${sql.id(time)} AT TIME ZONE 'UTC'` }) }
}
