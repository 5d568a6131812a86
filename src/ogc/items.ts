import type { ItemsQuery } from '../../schemas/ogc.js'
import { plotFields, type PlotField } from '../../schemas/plot.js'
import { double, list, sql, type Sql } from '../duckdb/sql.js'
import { normalizeTime } from '../query/filter.js'
import { numberFields, selectPlots } from '../query/page.js'
import type { Result } from '../query/result.js'
import { badParameter, repeatSeparator } from '../query/values.js'

const dayMs = 86_400_000

/** The features that are asked for, as the standard has it: `bbox` and `datetime` also match those that have no place or time. */
export function parseItemsQuery (query: ItemsQuery): Result {
  const conditions: Sql[] = plotFields.flatMap(field => {
    const value: unknown = Object(query)[field]
    return typeof value === 'string' ? [equals(field, value)] : []
  })
  if (query.bbox !== undefined) conditions.push(sql`(NOT has_location OR ${intersects(query.bbox)})`)
  if (query.datetime !== undefined) conditions.push(sql`(updated_time IS NULL OR ${during(query.datetime)})`)
  return selectPlots(conditions.length === 0 ? sql`true` : list(conditions, ' AND '))
}

/** Exactly as it is served, unlike the filters of /smallholders. */
function equals (field: PlotField, value: string): Sql {
  if (value.includes(repeatSeparator)) throw badParameter(field, 'is given more than once, but takes one value')
  if (!numberFields.has(field)) return sql`${sql.id(field)} = ${value}`
  if (!/^ *-?\d+(\.\d+)?(e[+-]?\d+)? *$/i.test(value)) throw badParameter(field, 'takes a number')
  return sql`${sql.id(field)} = ${double(Number(value))}`
}

function intersects (bbox: string): Sql {
  const numbers = bbox.split(',').map(Number)
  const [west = 0, south = 0, east = 0, north = 0] = numbers.length === 6 ? [numbers[0], numbers[1], numbers[3], numbers[4]] : numbers
  if (south > north) throw badParameter('bbox', 'takes the south before the north')
  // A box whose west is greater than its east lies across the antimeridian.
  const isBetween = west <= east
    ? sql`gps_coordinate_long BETWEEN ${double(west)} AND ${double(east)}`
    : sql`(gps_coordinate_long >= ${double(west)} OR gps_coordinate_long <= ${double(east)})`
  return sql`(${isBetween} AND gps_coordinate_lat BETWEEN ${double(south)} AND ${double(north)})`
}

/** The condition that `updated_at` lies in an interval, both ends included; a date is the whole day. */
function during (text: string): Sql {
  const [begin = '', end = begin, ...more] = text.split('/').map(part => part.trim())
  const [first, last] = [parseMoment(begin), parseMoment(end)]
  if (more.length > 0 || (first === undefined && last === undefined)) throw noInterval()
  if (first !== undefined && last !== undefined && first.from > last.until) throw badParameter('datetime', 'begins after it ends')
  const conditions: Sql[] = []
  if (first !== undefined) conditions.push(sql`updated_time >= ${toTime(first.from)}`)
  if (last !== undefined) conditions.push(sql`updated_time ${sql.raw(last.isDay ? '<' : '<=')} ${toTime(last.until)}`)
  return list(conditions, ' AND ')
}

interface Moment {
  from: string
  until: string
  isDay: boolean
}

/** Undefined for an open end. */
function parseMoment (text: string): Moment | undefined {
  if (text === '' || text === '..') return undefined
  try {
    const from = normalizeTime(text)
    const isDay = text.length === 10
    return { from, until: isDay ? new Date(Date.parse(from) + dayMs).toISOString() : from, isDay }
  } catch {
    throw noInterval()
  }
}

function noInterval () {
  return badParameter('datetime', 'takes a time such as 2025-10-29T00:00:00Z, or two with / between, of which one may be ..')
}

function toTime (text: string): Sql {
  return sql`CAST(${text} AS TIMESTAMPTZ) AT TIME ZONE 'UTC'`
}
