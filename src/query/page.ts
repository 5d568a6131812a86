import { plotFields } from '../../schemas/plot.js'
import type { PlotsQuery } from '../../schemas/query.js'
import type { Row } from '../duckdb/database.js'
import { jsonObject, type Relation } from '../duckdb/relation.js'
import { compile, list, sql, type Statement } from '../duckdb/sql.js'
import { compileFilter } from './filter.js'
import { compileSort } from './sort.js'
import { splitNames } from './values.js'

/** A query that is understood and waits for the relation to ask. */
export type RelationQuery = (relation: Relation) => Statement

/** One page of a result: its rows as the items of a JSON array, and how many there are in all. */
export interface Page {
  items: string
  total: number
}

/**
 * The page of plots that is asked for; {@link readPage} reads its answer. The page's row
 * numbers are found first and only its rows are fetched. Throws `OSH_BAD_PARAMETER`.
 */
export function parsePlotsQuery (query: PlotsQuery): RelationQuery {
  const where = compileFilter(query)
  // Rows are numbered in the order of ids.
  const sort = compileSort(query.sort, { fields: plotFields, last: ['row'], alias: { entity_smallholder_id: 'row' } })
  const item = query.fields === undefined
    ? sql`json`
    : jsonObject(splitNames('fields', query.fields, plotFields), field => sql.ref(field))
  return ({ table }) => compile(sql`
    WITH hits AS MATERIALIZED (SELECT ${list(sort.columns)} FROM ${sql.table(table)} WHERE ${where}),
      page AS (SELECT row FROM hits ORDER BY ${sort.order} LIMIT ${query.pageSize} OFFSET ${offsetOf(query)})
    SELECT (SELECT count(*) FROM hits)::DOUBLE AS total,
      (SELECT string_agg(${item}, ',' ORDER BY ${sort.order}) FROM ${sql.table(table)} WHERE row IN (SELECT row FROM page)) AS items`)
}

/** The plot with an id; no rows where there is none. */
export function selectPlot ({ table }: Relation, id: number): Statement {
  return compile(sql`SELECT json FROM ${sql.table(table)} WHERE entity_smallholder_id = ${id}`)
}

/** The page in the one row that a page query answers with. */
export function readPage ([row]: readonly Row[]): Page {
  return { items: String(row?.['items'] ?? ''), total: Number(row?.['total'] ?? 0) }
}

/** The first row of a page, from 0. */
export function offsetOf ({ page, pageSize }: { page: number, pageSize: number }): number {
  return (page - 1) * pageSize
}
