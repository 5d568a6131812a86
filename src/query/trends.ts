import { filterNames, type FilterParameters } from '../../schemas/filters.js'
import type { UpstreamColumn } from '../../schemas/upstream.js'
import { jsonObject } from '../duckdb/relation.js'
import { list, sql, type Sql } from '../duckdb/sql.js'
import { maskVersions, type KnownDay } from '../duckdb/versions.js'
import { columnsOf, keysOf, totalNames, totals, type Dimension } from './aggregate.js'
import { compileFilter } from './filter.js'
import { compileRange } from './page.js'
import type { TableResult } from './result.js'
import { compileSort } from './sort.js'

/** The days that are asked about, and all that there are; both oldest first. */
export interface TrendDays {
  asked: readonly KnownDay[]
  all: readonly KnownDay[]
}

// What is carried on from day to day has to be exact; twelve decimals lose nothing of what six show. A value that these
// digits cannot hold is no area, and is left out so that the others of its group are not.
const exact = (column: string) => sql`coalesce(CAST(fsum(${sql.id(column)}) FILTER (abs(${sql.id(column)}) < 1e18) AS DECIMAL(38, 12)), 0)`

const summed: ReadonlySet<UpstreamColumn> = new Set(['planted_area', 'certified_area', 'cert_status'])

/** What the plots of a group that begin and end together add to each total; all other totals follow from these. */
const shares = {
  smallholders: totals.smallholders,
  planted_area: exact('planted_area'),
  certified_area: exact('certified_area'),
  active: totals.active,
  expired: totals.expired,
  delayed: totals.delayed,
}

const shareNames = ['smallholders', 'planted_area', 'certified_area', 'active', 'expired', 'delayed'] as const satisfies (keyof typeof shares)[]

/** What is served of the shares of all who stand on a day. */
const served = {
  smallholders: sql`CAST(smallholders AS BIGINT)`,
  planted_area: sql`round(CAST(planted_area AS DOUBLE), 6)`,
  certified_area: sql`round(CAST(certified_area AS DOUBLE), 6)`,
  active: sql`CAST(active AS BIGINT)`,
  expired: sql`CAST(expired AS BIGINT)`,
  delayed: sql`CAST(delayed AS BIGINT)`,
  other: sql`CAST(smallholders - active - expired - delayed AS BIGINT)`,
} satisfies Record<typeof totalNames[number], Sql>

/**
 * The totals of each day, a row for each day and group, the same as the totals of that day's snapshot.
 * Throws `OSH_BAD_PARAMETER`.
 */
export function parseTrendsQuery (query: { sort?: string } & FilterParameters, by: readonly Dimension[], days: TrendDays): TableResult {
  const keys = keysOf(by)
  const names = ['date', ...keys, ...totalNames]
  const where = compileFilter(query)
  const { order } = compileSort(query.sort, { fields: names, last: ['date', ...keys] })
  // Without a filter only what is summed up and grouped by matters of what a file lacks.
  const isFiltered = filterNames.some(name => query[name] !== undefined)
  const matters = (column: UpstreamColumn) => isFiltered || summed.has(column) || keys.includes(column) || (column === 'entity_name' && keys.includes('scheme'))
  const rows = (table: string) => selectTrends(table, where, keys, {
    all: days.all,
    asked: days.asked.map(({ day, lacking }) => ({ day, lacking: lacking.filter(matters) })),
  })
  return {
    columns: [{ name: 'date', value: sql`date`, isText: true, typed: sql`CAST(date AS DATE)` }, ...columnsOf(keys)],
    json: jsonObject(names, name => sql.id(name)),
    page: ({ item, separator }, range) => ({ table }) => sql`
      WITH trends AS MATERIALIZED (${rows(table)}),
        page AS (SELECT * FROM trends ORDER BY ${order} ${compileRange(range)})
      SELECT (SELECT count(*) FROM trends)::DOUBLE AS total,
        (SELECT string_agg(${item}, ${sql.lit(separator)} ORDER BY ${order}) FROM page) AS items`,
    select: (selection, range) => ({ table }) => sql`SELECT ${selection} FROM (${rows(table)}) AS trends ORDER BY ${order} ${compileRange(range)}`,
  }
}

/** Days whose files lack the same columns are looked at together; as a rule these are one or two groups. */
function selectTrends (table: string, where: Sql, keys: readonly string[], { asked, all }: TrendDays): Sql {
  const groups = new Map<string, { lacking: readonly UpstreamColumn[], days: string[] }>()
  for (const { day, lacking } of asked) {
    const name = lacking.join()
    const group = groups.get(name) ?? { lacking, days: [] }
    group.days.push(day)
    groups.set(name, group)
  }
  const calendar = all.map(({ day }) => day)
  return list([...groups.values()].map(({ lacking, days }) => {
    const standing = sql`first <= ${Number(days.at(-1))} AND (last IS NULL OR last >= ${Number(days[0])})`
    const versions = sql`SELECT * FROM (${maskVersions(table, lacking, standing)}) AS plots WHERE ${where}`
    return sql`SELECT * FROM (${selectGroup(versions, keys, days, calendar)})`
  }), ' UNION ALL ')
}

/**
 * Each version counts from its first day to its last, so the totals of a day are those of the day before and what
 * began and ended since: the cost grows with the versions and the rows of the answer, not with days times plots.
 */
function selectGroup (versions: Sql, keys: readonly string[], days: readonly string[], calendar: readonly string[]): Sql {
  const key = keys.map(name => sql.id(name))
  const selectKey = key.length === 0 ? sql`` : sql`${list(key)},`
  const partition = key.length === 0 ? sql`` : sql`PARTITION BY ${list(key)}`
  const values = shareNames.map(name => sql.id(name))
  const running = shareNames.map(name => sql`sum(${sql.id(name)}) OVER (${partition} ORDER BY step) AS ${sql.id(name)}`)
  // Without keys there is a row for every day, as there is one for every register.
  const zero = key.length === 0 ? sql`UNION ALL SELECT 0 AS step, ${list(values.map(() => sql`0`))}` : sql``
  return sql`
    WITH calendar AS MATERIALIZED (${selectCalendar(days, calendar)}), shares AS (
      SELECT ${selectKey} first, last, ${list(shareNames.map(name => sql`${shares[name]} AS ${sql.id(name)}`))}
      FROM (${versions}) GROUP BY ${selectKey} first, last
    ), spans AS (
      SELECT shares.*, begins.until - begins.is_asked AS start, coalesce(ends.until, ${days.length}) AS stop
      FROM shares JOIN calendar AS begins ON begins.day = shares.first LEFT JOIN calendar AS ends ON ends.day = shares.last
    ), steps AS (
      SELECT ${selectKey} start AS step, ${list(values)} FROM spans WHERE start < stop
      UNION ALL SELECT ${selectKey} stop AS step, ${list(values.map(value => sql`-${value}`))} FROM spans WHERE start < stop AND stop < ${days.length}
      ${zero}
    ), sums AS (
      SELECT ${selectKey} step, ${list(values.map(value => sql`sum(${value}) AS ${value}`))} FROM steps GROUP BY ${selectKey} step
    ), standing AS (
      SELECT ${selectKey} step, lead(step, 1, ${days.length}) OVER (${partition} ORDER BY step) AS until, ${list(running)} FROM sums
    ), daily AS (
      SELECT *, unnest(range(step, until)) AS position FROM standing WHERE ${key.length === 0 ? sql`true` : sql`smallholders > 0`}
    )
    SELECT strftime(strptime(CAST(calendar.day AS VARCHAR), '%Y%m%d'), '%Y-%m-%d') AS date, ${selectKey}
      ${list(totalNames.map(name => sql`${served[name]} AS ${sql.id(name)}`))}
    FROM daily JOIN calendar ON calendar.is_asked = 1 AND calendar.until - 1 = daily.position`
}

/** All days, each with whether it is asked about and how many of those that are there have been by its end. */
function selectCalendar (days: readonly string[], all: readonly string[]): Sql {
  const asked = new Set(days)
  let count = 0
  const until = all.map(day => asked.has(day) ? ++count : count)
  const column = (values: readonly (string | number)[]) => sql`unnest(CAST(${`[${values.join()}]`} AS INTEGER[]))`
  return sql`SELECT ${column(all)} AS day, ${column(until)} AS until, ${column(all.map(day => Number(asked.has(day))))} AS is_asked`
}
