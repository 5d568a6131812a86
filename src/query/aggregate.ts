import type { FilterParameters } from '../../schemas/filters.js'
import type { TotalsQuery } from '../../schemas/query.js'
import { jsonObject, type Relation } from '../duckdb/relation.js'
import { list, sql, type Sql } from '../duckdb/sql.js'
import { compileFilter } from './filter.js'
import { compileRange } from './page.js'
import type { Column, TableResult } from './result.js'
import { compileSort } from './sort.js'
import { badParameter, splitNames } from './values.js'

/** What totals can be grouped by, with the columns that make the key of each. */
const dimensions = {
  state: ['stateId', 'state'],
  district: ['stateId', 'state', 'daerahId', 'daerah'],
  scheme: ['scheme'],
  entity: ['entity_code', 'entity_name'],
  cert_status: ['cert_status'],
  cert_no: ['cert_no'],
} as const

export type Dimension = keyof typeof dimensions

const dimensionNames = ['state', 'district', 'scheme', 'entity', 'cert_status', 'cert_no'] as const satisfies Dimension[]
const maxDimensions = 3

// Kahan sums do not depend on the order of rows beyond the last digits, which rounding takes away.
const hectares = (column: string) => sql`coalesce(round(fsum(${sql.id(column)}), 6), 0)`
const withStatus = (status: string) => sql`count(*) FILTER (cert_status = ${sql.lit(status)})`

/** What the plots of a group come to. */
export const totals = {
  smallholders: sql`count(*)`,
  planted_area: hectares('planted_area'),
  certified_area: hectares('certified_area'),
  active: withStatus('ACTIVE'),
  expired: withStatus('EXPIRED'),
  delayed: withStatus('DELAYED'),
  other: sql`count(*) FILTER (cert_status IS NULL OR cert_status NOT IN ('ACTIVE', 'EXPIRED', 'DELAYED'))`,
} satisfies Record<string, Sql>

/** The totals of a group, in the order in which they are served. */
export const totalNames = ['smallholders', 'planted_area', 'certified_area', 'active', 'expired', 'delayed', 'other'] as const satisfies (keyof typeof totals)[]

/** The dimensions in `by`. Throws `OSH_BAD_PARAMETER`. */
export function parseDimensions (by: string | undefined): Dimension[] {
  if (by === undefined) return []
  const names = splitNames('by', by, dimensionNames)
  if (names.length > maxDimensions) throw badParameter('by', `takes up to ${maxDimensions} dimensions`, dimensionNames)
  return names
}

/** The columns that make the key of a group. */
export function keysOf (by: readonly Dimension[]): string[] {
  return [...new Set(by.flatMap(dimension => [...dimensions[dimension]]))]
}

/** The columns of groups with these keys. */
export function columnsOf (keys: readonly string[]): Column[] {
  return [...keys, ...totalNames].map(name => ({ name, value: sql.id(name), isText: isTextKey(name) }))
}

/** The totals that are asked for, a row for each group. Throws `OSH_BAD_PARAMETER`. */
export function parseTotalsQuery (query: Pick<TotalsQuery, 'sort'> & FilterParameters, by: readonly Dimension[]): TableResult {
  const keys = keysOf(by)
  const names = [...keys, ...totalNames]
  const where = compileFilter(query)
  const { order } = compileSort(query.sort, { fields: names, last: keys.length > 0 ? keys : ['smallholders'] })
  const columns = [...keys.map(key => sql.id(key)), ...totalNames.map(name => sql`${totals[name]} AS ${sql.id(name)}`)]
  const grouping = keys.length === 0 ? sql`` : sql`GROUP BY ${list(keys.map(key => sql.id(key)))}`
  const groups = ({ table }: Relation) => sql`SELECT ${list(columns)} FROM ${sql.id(table)} WHERE ${where} ${grouping}`
  return {
    columns: columnsOf(keys),
    json: jsonObject(names, name => sql.id(name)),
    page: ({ item, separator }, range) => relation => sql`
      WITH totals AS MATERIALIZED (${groups(relation)}),
        page AS (SELECT * FROM totals ORDER BY ${order} ${compileRange(range)})
      SELECT (SELECT count(*) FROM totals)::DOUBLE AS total,
        (SELECT string_agg(${item}, ${sql.lit(separator)} ORDER BY ${order}) FROM page) AS items`,
    select: (selection, range) => relation => sql`WITH totals AS (${groups(relation)}) SELECT ${selection} FROM totals ORDER BY ${order} ${compileRange(range)}`,
  }
}

function isTextKey (name: string): boolean {
  return !(name in totals) && name !== 'stateId' && name !== 'daerahId'
}
