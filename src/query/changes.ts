import { plotFields, type PlotField } from '../../schemas/plot.js'
import type { FilterParameters } from '../../schemas/filters.js'
import type { ChangesQuery } from '../../schemas/query.js'
import { jsonObject } from '../duckdb/relation.js'
import { list, sql, type Sql } from '../duckdb/sql.js'
import { fieldsKnownOn, plotsOf, type KnownDay } from '../duckdb/versions.js'
import { compileFilter } from './filter.js'
import { compileRange, numberFields } from './page.js'
import type { Column, RowShape, TableResult } from './result.js'
import { compileSort } from './sort.js'
import { splitNames } from './values.js'

const types = ['added', 'removed', 'changed'] as const

type Narrowing = Pick<ChangesQuery, 'type' | 'field' | 'include' | 'sort' | 'fields'> & FilterParameters

const before = (field: PlotField | 'has_location') => sql.id(`before_${field}`)
const after = (field: PlotField | 'has_location') => sql.id(`after_${field}`)
const differs = (field: PlotField) => sql`${before(field)} IS DISTINCT FROM ${after(field)}`

/**
 * What differs between two days, a row for each plot that was added, removed or changed. A plot matches the
 * filters if its state before or after does. Throws `OSH_BAD_PARAMETER`.
 */
export function parseChangesQuery (query: Narrowing, days: { from: KnownDay, to: KnownDay }): TableResult {
  const where = compileFilter(query)
  const chosen = query.type === undefined ? types : splitNames('type', query.type, types)
  const asked = query.field === undefined ? undefined : splitNames('field', query.field, plotFields)
  const counted = fieldsKnownOn(days.from, days.to).filter(field => field !== 'updated_at' || query.include !== undefined || asked?.includes(field) === true)
  const condition = list([
    sql`matches`,
    sql`type IN (${list(chosen.map(type => sql.lit(type)))})`,
    sql`(type <> 'changed' OR ${anyOf(counted)})`,
    asked === undefined ? sql`true` : sql`(type = 'changed' AND ${anyOf(asked.filter(field => counted.includes(field)))})`,
  ], ' AND ')
  const sort = compileSort(query.sort, { fields: ['type', ...plotFields], last: ['entity_smallholder_id'] })
  const fields = query.fields === undefined ? plotFields : splitNames('fields', query.fields, plotFields)
  const changes = (table: string) => sql`SELECT * FROM (${selectPairs(table, days, where)}) AS pairs WHERE ${condition}`
  return {
    ...shapeOf(fields, counted),
    page: ({ item, separator }, range) => ({ table }) => sql`
      WITH changes AS MATERIALIZED (${changes(table)}),
        page AS (SELECT * FROM changes ORDER BY ${sort.order} ${compileRange(range)})
      SELECT (SELECT count(*) FROM changes)::DOUBLE AS total,
        (SELECT string_agg(${item}, ${sql.lit(separator)} ORDER BY ${sort.order}) FROM page) AS items,
        (SELECT ${summaryOf(counted)} FROM changes) AS meta`,
    select: (selection, range) => ({ table }) => sql`SELECT ${selection} FROM (${changes(table)}) AS changes ORDER BY ${sort.order} ${compileRange(range)}`,
  }
}

/** Each plot that is not the same version on both days: how it was, how it is, and its fields as it is, or was last. */
function selectPairs (table: string, { from, to }: { from: KnownDay, to: KnownDay }, where: Sql): Sql {
  const [first, last] = [Number(from.day), Number(to.day)]
  const side = (plots: Sql) => sql`(SELECT *, coalesce(${where}, false) AS is_match FROM ${plots} AS plots)`
  const columns = [...plotFields, 'has_location'] as const
  return sql`
    SELECT ${list(columns.map(field => sql`b.${sql.id(field)} AS ${before(field)}, a.${sql.id(field)} AS ${after(field)}`))},
      ${list(columns.map(field => sql`CASE WHEN a.entity_smallholder_id IS NULL THEN b.${sql.id(field)} ELSE a.${sql.id(field)} END AS ${sql.id(field)}`))},
      CASE WHEN b.entity_smallholder_id IS NULL THEN 'added' WHEN a.entity_smallholder_id IS NULL THEN 'removed' ELSE 'changed' END AS type,
      coalesce(b.is_match, false) OR coalesce(a.is_match, false) AS matches
    FROM ${side(plotsOf(table, from, sql`last < ${last}`))} AS b
      FULL JOIN ${side(plotsOf(table, to, sql`first > ${first}`))} AS a ON b.entity_smallholder_id = a.entity_smallholder_id`
}

function anyOf (fields: readonly PlotField[]): Sql {
  return sql`(${list([sql`false`, ...fields.map(differs)], ' OR ')})`
}

function shapeOf (fields: readonly PlotField[], counted: readonly PlotField[]): Pick<RowShape, 'columns' | 'json' | 'place'> {
  // Without the null there might be nothing to put together.
  const changes = sql`CASE WHEN type = 'changed' THEN concat('{', concat_ws(',', ${list([sql`CAST(NULL AS VARCHAR)`, ...counted.map(field =>
    sql`CASE WHEN ${differs(field)} THEN concat(${sql.lit(`"${field}":`)}, json_array(${before(field)}, ${after(field)})) END`)])}), '}') ELSE '{}' END`
  const plot = (state: typeof before) => sql`CASE WHEN ${state('entity_smallholder_id')} IS NULL THEN 'null' ELSE ${jsonObject(fields, state)} END`
  const sides: Column[] = fields.flatMap(field => [[`before_${field}`, before(field)] as const, [`after_${field}`, after(field)] as const]
    .map(([name, value]) => ({ name, value, isText: !numberFields.has(field) })))
  return {
    columns: [
      { name: 'type', value: sql`type`, isText: true },
      { name: 'entity_smallholder_id', value: sql`entity_smallholder_id`, isText: false },
      { name: 'changes', value: changes, isText: true },
      ...sides,
    ],
    json: sql`concat('{"type":"', type, '","entity_smallholder_id":', entity_smallholder_id, ',"changes":', ${changes}, ',"before":', ${plot(before)}, ',"after":', ${plot(after)}, '}')`,
    place: { id: 'entity_smallholder_id', longitude: 'gps_coordinate_long', latitude: 'gps_coordinate_lat', isKnown: sql`has_location` },
  }
}

/** How many plots were added, removed and changed, and how many of those in each field, as JSON. */
function summaryOf (counted: readonly PlotField[]): Sql {
  const count = (type: string) => sql`${sql.lit(`"${type}":`)}, count(*) FILTER (type = ${sql.lit(type)})`
  const changed = (field: PlotField) => sql`count(*) FILTER (type = 'changed' AND ${differs(field)})`
  const fields = list([sql`CAST(NULL AS VARCHAR)`, ...counted.map(field => sql`CASE WHEN ${changed(field)} > 0 THEN concat(${sql.lit(`"${field}":`)}, ${changed(field)}) END`)])
  return sql`concat('{"summary":{', ${list(types.map(count), ', \',\', ')}, ',"fields":{', concat_ws(',', ${fields}), '}}}')`
}
