import { plotFields } from '../../schemas/plot.js'
import type { Row } from '../duckdb/database.js'
import { jsonObject, type Relation } from '../duckdb/relation.js'
import { sql, type Sql } from '../duckdb/sql.js'

/** One version of a plot: the days from which to which it was seen, as `YYYYMMDD`. */
export interface PlotVersion {
  first: string
  /** undefined while it stands. */
  last: string | undefined
  /** The plot as JSON, as it was on the last of these days. */
  json: string
}

/** All that was ever known of a plot, oldest first. */
export function selectHistory ({ table }: Relation, id: number): Sql {
  return sql`SELECT first, last, kind, ${jsonObject(plotFields, field => sql.id(field))} AS json
    FROM ${sql.id(table)} WHERE entity_smallholder_id = ${id} ORDER BY first`
}

/** The versions in the rows of {@link selectHistory}; whether `updated_at` alone makes one is up to the reader. */
export function readVersions (rows: readonly Row[], { includeUpdated }: { includeUpdated: boolean }): PlotVersion[] {
  const versions: PlotVersion[] = []
  for (const { first, last, kind, json } of rows) {
    const state = { last: last === null ? undefined : String(last), json: String(json) }
    const current = versions.at(-1)
    const isNew = kind === 'added' || kind === 'changed' || (kind === 'updated' && includeUpdated)
    if (isNew || current === undefined) versions.push({ first: String(first), ...state })
    else Object.assign(current, state)
  }
  return versions
}
