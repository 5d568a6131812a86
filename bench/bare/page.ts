import type { Relation } from '../../src/duckdb/relation.js'
import { list, sql, type Sql } from '../../src/duckdb/sql.js'
import { compileRange } from '../../src/query/page.js'
import { asJson, type PlotsResult, type Range } from '../../src/query/result.js'

/** A page of plots and how many there are, in one statement: the fastest that was found of its kind. */
export function selectPage ({ table }: Relation, result: PlotsResult, range: Range): Sql {
  const { where, sort } = result.plots
  const { item, separator } = asJson(result)
  const order = sort?.order ?? sql`row`
  return sql`
    WITH hits AS MATERIALIZED (SELECT ${list(sort?.columns ?? [sql`row`])} FROM ${sql.id(table)} WHERE ${where}),
      page AS (SELECT row FROM hits ORDER BY ${order} ${compileRange(range)})
    SELECT (SELECT count(*) FROM hits)::DOUBLE AS total,
      (SELECT string_agg(${item}, ${sql.lit(separator)} ORDER BY ${order}) FROM ${sql.id(table)} WHERE row IN (SELECT row FROM page)) AS items`
}
