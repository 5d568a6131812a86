import type { Plot } from '../../schemas/plot.js'
import { fold, modelSchemes, modelStates, momentOf } from '../helpers/model.js'

/** Filters by parameter, each with its values; only lists have more than one. */
export type Filters = Readonly<Record<string, readonly string[]>>

type Field = keyof Plot
type Matches = (plot: Plot, values: readonly string[]) => boolean

const equals = (field: Field): Matches => (plot, values) => {
  const own = plot[field]
  return own !== null && values.some(value => fold(value) === fold(String(own)))
}

const contains = (...fields: Field[]): Matches => (plot, [part = '']) =>
  fields.some(field => plot[field] !== null && fold(String(plot[field])).includes(fold(part)))

const not = (matches: Matches): Matches => (plot, values) => !matches(plot, values)

const compares = (field: Field, holds: (own: number, bound: number) => boolean): Matches => (plot, [bound]) => {
  const own = plot[field]
  return typeof own === 'number' && holds(own, Number(bound))
}

const isAt = (field: 'created_at' | 'updated_at', holds: (own: number, bound: number) => boolean): Matches => (plot, [bound = '']) => {
  const own = momentOf(plot[field])
  const moment = momentOf(bound)
  return own !== undefined && moment !== undefined && holds(own, moment)
}

const isNull = (field: Field): Matches => (plot, [asked]) => (plot[field] === null) === (asked === 'true')

const inState: Matches = (plot, values) => values.some(value =>
  plot.stateId !== null && (String(plot.stateId) === value || fold(modelStates.get(plot.stateId) ?? '') === fold(value)))

const inDistrict: Matches = (plot, values) => equals('daerahId')(plot, values) || equals('daerah')(plot, values)

export function isLocated ({ gps_coordinate_lat: latitude, gps_coordinate_long: longitude }: Plot): boolean {
  return latitude !== null && longitude !== null && latitude >= 0.8 && latitude <= 7.4 && longitude >= 99.6 && longitude <= 119.3
}

const inBox: Matches = (plot, [box = '']) => {
  const [west = 0, south = 0, east = 0, north = 0] = box.split(',').map(Number)
  const { gps_coordinate_lat: latitude, gps_coordinate_long: longitude } = plot
  return isLocated(plot) && Number(longitude) >= west && Number(longitude) <= east && Number(latitude) >= south && Number(latitude) <= north
}

const earthRadiusMetres = 6_371_008.8
const radians = (degrees: number) => degrees * Math.PI / 180

/** Metres on the great circle, by the chord between two points of the sphere. */
export function distanceMetres (from: readonly [longitude: number, latitude: number], to: readonly [longitude: number, latitude: number]): number {
  const [a, b] = [from, to].map(([longitude, latitude]) => [
    Math.cos(radians(latitude)) * Math.cos(radians(longitude)),
    Math.cos(radians(latitude)) * Math.sin(radians(longitude)),
    Math.sin(radians(latitude)),
  ])
  const chord = Math.hypot(...[0, 1, 2].map(axis => (a?.[axis] ?? 0) - (b?.[axis] ?? 0)))
  return 2 * earthRadiusMetres * Math.asin(Math.min(1, chord / 2))
}

/** `near` with the metres as a second value. */
const isNear: Matches = (plot, [point = '', radiusMetres]) => {
  const [longitude = 0, latitude = 0] = point.split(',').map(Number)
  return isLocated(plot) && distanceMetres([longitude, latitude], [Number(plot.gps_coordinate_long), Number(plot.gps_coordinate_lat)]) <= Number(radiusMetres)
}

const matchers: Readonly<Record<string, Matches>> = {
  state: inState,
  state__ne: not(inState),
  district: inDistrict,
  district__ne: not(inDistrict),
  scheme: equals('scheme'),
  scheme__ne: not(equals('scheme')),
  cert_status: equals('cert_status'),
  cert_status__ne: not(equals('cert_status')),
  entity_code: equals('entity_code'),
  entity_name: equals('entity_name'),
  cert_no: equals('cert_no'),
  mpob_no: equals('mpob_no'),
  lot_no: equals('lot_no'),
  track_id: equals('track_id'),
  entity_smallholder_id: equals('entity_smallholder_id'),
  name__icontains: contains('name'),
  entity_name__icontains: contains('entity_name'),
  q: contains('name', 'entity_name', 'entity_code', 'cert_no', 'mpob_no', 'lot_no', 'track_id'),
  planted_area__gte: compares('planted_area', (own, bound) => own >= bound),
  planted_area__gt: compares('planted_area', (own, bound) => own > bound),
  planted_area__lte: compares('planted_area', (own, bound) => own <= bound),
  planted_area__lt: compares('planted_area', (own, bound) => own < bound),
  certified_area__gte: compares('certified_area', (own, bound) => own >= bound),
  certified_area__gt: compares('certified_area', (own, bound) => own > bound),
  certified_area__lte: compares('certified_area', (own, bound) => own <= bound),
  certified_area__lt: compares('certified_area', (own, bound) => own < bound),
  created_at__gte: isAt('created_at', (own, bound) => own >= bound),
  created_at__lt: isAt('created_at', (own, bound) => own < bound),
  updated_at__gte: isAt('updated_at', (own, bound) => own >= bound),
  updated_at__lt: isAt('updated_at', (own, bound) => own < bound),
  mpob_no__isnull: isNull('mpob_no'),
  daerahId__isnull: isNull('daerahId'),
  planted_area__isnull: isNull('planted_area'),
  certified_area__isnull: isNull('certified_area'),
  has_location: (plot, [asked]) => isLocated(plot) === (asked === 'true'),
  bbox: inBox,
  near: isNear,
}

/** What each parameter may be drawn from in the property tests; every filter of the contract is there. */
export const filterNames = Object.keys(matchers)

export const knownSchemes = [...modelSchemes, 'OTHER']

/** The plots that all filters match. */
export function modelFilter (plots: readonly Plot[], filters: Filters): Plot[] {
  return plots.filter(plot => Object.entries(filters).every(([name, values]) => matchers[name]?.(plot, values)))
}
