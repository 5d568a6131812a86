import type { Static, TSchema } from 'typebox'
import { Type } from './typebox/type.js'

const maxListLength = 32_000
const maxTextLength = 1000

/** Values separated by commas, any of which may match. */
const List = (what: string, example: string) => Type.Optional(Type.String({
  minLength: 1, maxLength: maxListLength, description: `${what}; a list separated by commas matches any of them`, examples: [example],
}))

const Text = (what: string, example: string) => Type.Optional(Type.String({ minLength: 1, maxLength: maxTextLength, description: what, examples: [example] }))

const Hectares = (what: string, example: number) => Type.Optional(Type.Number({ minimum: -1e12, maximum: 1e12, description: `${what}, hectares`, examples: [example] }))

const Time = (what: string) => Type.Optional(Type.String({
  format: 'date-or-time', maxLength: 40, description: `${what}; an ISO 8601 date or date-time, UTC unless it has an offset`, examples: ['2025-10-29'],
}))

const Flag = (what: string) => Type.Optional(Type.Union([Type.Literal('true'), Type.Literal('false')], { description: what, examples: ['true'] }))

const Numbers = (count: number, what: string, example: string) => Type.Optional(Type.String({
  pattern: `^-?\\d+(\\.\\d+)?(,-?\\d+(\\.\\d+)?){${count - 1}}$`, maxLength: 200, description: what, examples: [example],
}))

/** The filters that take a list, and may therefore be repeated. */
export const listFilterProperties = {
  state: List('State id or name', '1'),
  state__ne: List('Not in this state, by id or name', 'Johor'),
  district: List('District, by daerahId or daerah', 'KOTA TINGGI'),
  district__ne: List('Not in this district, by daerahId or daerah', '4'),
  scheme: List('Managing organisation, see /schemes', 'FELDA'),
  scheme__ne: List('Not of this organisation', 'OTHER'),
  cert_status: List('Certification status', 'EXPIRED'),
  cert_status__ne: List('Any certification status but this', 'ACTIVE'),
  entity_code: List('Code of the organisation', 'ORS15721'),
  entity_name: List('Name of the organisation, ignoring case; a comma inside it is written `\\,`', 'FELDA LOK HENG BARAT'),
  cert_no: List('Certificate number', 'MYMS12195673'),
  mpob_no: List('MPOB registration number', '501234567890'),
  lot_no: List('Lot number', '5722'),
  track_id: List('Tracking id', 'MTS0000014'),
  entity_smallholder_id: List('Plot id', '474748'),
} satisfies Record<string, TSchema>

/** All filters of plots, by the names of their parameters. */
export const filterProperties = {
  ...listFilterProperties,
  name__icontains: Text('Part of the smallholder\'s name, ignoring case', 'latif'),
  entity_name__icontains: Text('Part of the organisation\'s name, ignoring case', 'lok heng'),
  q: Text('Text in name, entity_name, entity_code, cert_no, mpob_no, lot_no or track_id, ignoring case', 'benu'),
  planted_area__gte: Hectares('Planted area at least', 3.5),
  planted_area__gt: Hectares('Planted area above', 3.5),
  planted_area__lte: Hectares('Planted area at most', 4),
  planted_area__lt: Hectares('Planted area below', 4),
  certified_area__gte: Hectares('Certified area at least', 3.5),
  certified_area__gt: Hectares('Certified area above', 3.5),
  certified_area__lte: Hectares('Certified area at most', 4),
  certified_area__lt: Hectares('Certified area below', 4),
  created_at__gte: Time('Created at this time or later'),
  created_at__lt: Time('Created before'),
  updated_at__gte: Time('Updated at this time or later'),
  updated_at__lt: Time('Updated before'),
  mpob_no__isnull: Flag('Without (true) or with (false) an MPOB number'),
  daerahId__isnull: Flag('Without (true) or with (false) a district id'),
  planted_area__isnull: Flag('Without (true) or with (false) a planted area'),
  certified_area__isnull: Flag('Without (true) or with (false) a certified area'),
  has_location: Flag('Whether the coordinates are numbers and lie within Malaysia'),
  bbox: Numbers(4, 'minLon,minLat,maxLon,maxLat in degrees: plots with a location inside', '103.5,1.2,104.4,2.7'),
  near: Numbers(2, 'lon,lat in degrees: plots with a location within `radius_m` of it', '104.088,1.709'),
  radius_m: Type.Optional(Type.Number({ minimum: 0, maximum: 20_040_000, description: 'Metres on the great circle, for `near`', examples: [5000] })),
} satisfies Record<string, TSchema>

export const FilterSchema = Type.Object(filterProperties)

export type FilterParameters = Static<typeof FilterSchema>
export type FilterName = keyof FilterParameters

const isFilterName = (name: string): name is FilterName => name in filterProperties

export const filterNames: readonly FilterName[] = Object.keys(filterProperties).filter(isFilterName)
