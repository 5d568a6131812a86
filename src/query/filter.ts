import { filterProperties, type FilterName, type FilterParameters } from '../../schemas/filters.js'
import type { PlotField } from '../../schemas/plot.js'
import { schemes, states } from '../../schemas/reference.js'
import { double, list, sql, type Sql } from '../duckdb/sql.js'
import { within, withinRadius } from './place.js'
import { badParameter, splitValues, unescapeCommas } from './values.js'

type Predicate = (text: string, parameter: FilterName) => Sql

const equals = (column: PlotField): Predicate => (text, parameter) =>
  sql`lower(${sql.id(column)}) IN (${list(splitValues(parameter, text).map(value => sql`lower(${value})`))})`

const contains = (...columns: PlotField[]): Predicate => text =>
  sql`(${list(columns.map(column => sql`contains(lower(${sql.id(column)}), lower(${unescapeCommas(text)}))`), ' OR ')})`

const compares = (column: PlotField, operator: '>=' | '>' | '<=' | '<'): Predicate => text =>
  sql`${sql.id(column)} ${sql.raw(operator)} ${double(Number(text))}`

const isAt = (column: 'created_time' | 'updated_time', operator: '>=' | '<'): Predicate => text =>
  sql`${sql.id(column)} ${sql.raw(operator)} CAST(${normalizeTime(text)} AS TIMESTAMPTZ) AT TIME ZONE 'UTC'`

const isNull = (column: PlotField): Predicate => text =>
  text === 'true' ? sql`${sql.id(column)} IS NULL` : sql`${sql.id(column)} IS NOT NULL`

const not = (predicate: Predicate): Predicate => (text, parameter) =>
  sql`NOT coalesce(${predicate(text, parameter)}, false)`

const isInState: Predicate = (text, parameter) => isOneOf('stateId', splitValues(parameter, text).map(value => stateIdOf(parameter, value.trim())))

const isInDistrict: Predicate = (text, parameter) => {
  const values = splitValues(parameter, text)
  const byId = isOneOf('daerahId', values.filter(isWholeNumber).map(Number))
  return sql`(${byId} OR lower(daerah) IN (${list(values.map(value => sql`lower(${value})`))}))`
}

const isOfScheme: Predicate = (text, parameter) =>
  sql`scheme IN (${list(splitValues(parameter, text).map(value => sql`${schemeOf(parameter, value.trim())}`))})`

const hasId: Predicate = (text, parameter) => {
  const values = splitValues(parameter, text)
  if (!values.every(isWholeNumber)) throw badParameter(parameter, 'takes whole numbers, separated by commas')
  return isOneOf('entity_smallholder_id', values.map(Number))
}

const hasLocation: Predicate = text => text === 'true' ? sql`has_location` : sql`NOT has_location`

const isInBox: Predicate = (text, parameter) => {
  const [minLongitude = 0, minLatitude = 0, maxLongitude = 0, maxLatitude = 0] = text.split(',').map(Number)
  if (minLongitude > maxLongitude || minLatitude > maxLatitude) throw badParameter(parameter, 'takes minLon,minLat,maxLon,maxLat, the smaller before the larger')
  return sql`(has_location AND ${within({ minLongitude, minLatitude, maxLongitude, maxLatitude })})`
}

/** What each parameter means; `near` and `radius_m` go together and stand in {@link compileFilter}. */
const predicates: Record<Exclude<FilterName, 'near' | 'radius_m'>, Predicate> = {
  state: isInState,
  state__ne: not(isInState),
  district: isInDistrict,
  district__ne: not(isInDistrict),
  scheme: isOfScheme,
  scheme__ne: not(isOfScheme),
  cert_status: equals('cert_status'),
  cert_status__ne: not(equals('cert_status')),
  entity_code: equals('entity_code'),
  entity_name: equals('entity_name'),
  cert_no: equals('cert_no'),
  mpob_no: equals('mpob_no'),
  lot_no: equals('lot_no'),
  track_id: equals('track_id'),
  entity_smallholder_id: hasId,
  name__icontains: contains('name'),
  entity_name__icontains: contains('entity_name'),
  q: contains('name', 'entity_name', 'entity_code', 'cert_no', 'mpob_no', 'lot_no', 'track_id'),
  planted_area__gte: compares('planted_area', '>='),
  planted_area__gt: compares('planted_area', '>'),
  planted_area__lte: compares('planted_area', '<='),
  planted_area__lt: compares('planted_area', '<'),
  certified_area__gte: compares('certified_area', '>='),
  certified_area__gt: compares('certified_area', '>'),
  certified_area__lte: compares('certified_area', '<='),
  certified_area__lt: compares('certified_area', '<'),
  created_at__gte: isAt('created_time', '>='),
  created_at__lt: isAt('created_time', '<'),
  updated_at__gte: isAt('updated_time', '>='),
  updated_at__lt: isAt('updated_time', '<'),
  mpob_no__isnull: isNull('mpob_no'),
  daerahId__isnull: isNull('daerahId'),
  planted_area__isnull: isNull('planted_area'),
  certified_area__isnull: isNull('certified_area'),
  has_location: hasLocation,
  bbox: isInBox,
}

/**
 * The condition that all given filters make together; `true` without any.
 * Throws `OSH_BAD_PARAMETER` where a value has no meaning.
 */
export function compileFilter (parameters: FilterParameters): Sql {
  const conditions: Sql[] = []
  for (const name of Object.keys(filterProperties).filter(isPredicateName)) {
    const value = parameters[name]
    if (value !== undefined) conditions.push(predicates[name](String(value), name))
  }
  const near = compileNear(parameters)
  if (near !== undefined) conditions.push(near)
  return conditions.length === 0 ? sql`true` : list(conditions, ' AND ')
}

/**
 * An ISO 8601 date or date-time in full: UTC unless it says otherwise, to the microsecond.
 * Throws a `RangeError` where it is none.
 */
export function normalizeTime (text: string): string {
  const match = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(:\d{2}(?:\.\d{1,6})?)?\d{0,3}(Z|[+\- ]\d{2}:?\d{2})?)?$/i.exec(text)
  const [, date = '', minutes = '00:00', seconds = ':00', offset = 'Z'] = match ?? []
  // A plus that was not escaped reaches us as a space.
  const zone = offset.replace(' ', '+').replace(/^([+-]\d{2})(\d{2})$/, '$1:$2').toUpperCase()
  const normal = `${date}T${minutes}${seconds}${zone}`
  const isReal = new Date(`${date}T00:00:00Z`).toJSON()?.startsWith(date) === true
  if (match === null || !isReal || Number.isNaN(Date.parse(normal))) throw new RangeError(`${text} is no ISO 8601 time`)
  return normal
}

function compileNear ({ near, radius_m: radiusMetres }: FilterParameters): Sql | undefined {
  if (near === undefined && radiusMetres === undefined) return undefined
  if (near === undefined) throw badParameter('radius_m', 'goes with near=lon,lat')
  if (radiusMetres === undefined) throw badParameter('near', 'goes with radius_m, in metres')
  const [longitude = 0, latitude = 0] = near.split(',').map(Number)
  if (Math.abs(longitude) > 180 || Math.abs(latitude) > 90) throw badParameter('near', 'takes lon,lat in degrees, longitude from -180 to 180 before latitude from -90 to 90')
  return sql`(has_location AND ${withinRadius({ longitude, latitude }, radiusMetres)})`
}

function isPredicateName (name: string): name is keyof typeof predicates {
  return Object.hasOwn(predicates, name)
}

function isOneOf (column: PlotField, ids: readonly number[]): Sql {
  const possible = ids.filter(Number.isSafeInteger)
  return possible.length === 0 ? sql`false` : sql`${sql.id(column)} IN (${list(possible.map(id => sql`${id}`))})`
}

function isWholeNumber (text: string): boolean {
  return /^\s*-?\d+\s*$/.test(text)
}

function stateIdOf (parameter: string, value: string): number {
  const known = states.find(({ stateId, state }) => String(stateId) === value || state.toLowerCase() === value.toLowerCase())
  if (known === undefined) throw badParameter(parameter, `${JSON.stringify(value)} is no known state`, states.flatMap(({ stateId, state }) => [stateId, state]))
  return known.stateId
}

function schemeOf (parameter: string, value: string): string {
  const known = schemes.find(({ scheme }) => scheme === value.toUpperCase())
  if (known === undefined) throw badParameter(parameter, `${JSON.stringify(value)} is no known scheme`, schemes.map(({ scheme }) => scheme))
  return known.scheme
}
