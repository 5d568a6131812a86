import type { Static } from 'typebox'
import { filterProperties } from './filters.js'
import { tableFormatParameters } from './formats.js'
import { paging, SnapshotParameter, Sort } from './query.js'
import { Type } from './typebox/type.js'

export const EudrQuerySchema = Type.Object({
  ...filterProperties,
  part: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000, description: 'Which part, from 1, where all that match are too much for one file', examples: [1] })),
  snapshot: SnapshotParameter,
}, { additionalProperties: false })

export const EudrReportQuerySchema = Type.Object({
  ...filterProperties,
  included: Type.Optional(Type.Union([Type.Literal('true'), Type.Literal('false')], { description: 'Only the plots that the file has (true) or has not (false)', examples: ['false'] })),
  sort: Sort('reason,-planted_area'),
  ...paging(10),
  ...tableFormatParameters,
  snapshot: SnapshotParameter,
}, { additionalProperties: false })

export type EudrReportQuery = Static<typeof EudrReportQuerySchema>

/** A production place as the EU's information system for due diligence reads it. */
export const EudrFileSchema = Type.Object({
  type: Type.Literal('FeatureCollection'),
  features: Type.Array(Type.Object({
    type: Type.Literal('Feature'),
    geometry: Type.Object({ type: Type.Literal('Point'), coordinates: Type.Array(Type.Number(), { minItems: 2, maxItems: 2, description: 'Longitude and latitude, WGS 84, with six decimals' }) }),
    properties: Type.Object({
      ProducerName: Type.String({ description: 'Name of the smallholder, else of the organisation' }),
      ProducerCountry: Type.Literal('MY'),
      ProductionPlace: Type.String({ description: 'Lot, settlement, district and state' }),
      Area: Type.Number({ description: 'Planted hectares' }),
    }, { additionalProperties: false }),
  })),
}, { title: 'EudrFile' })

const reasons = ['no_location', 'no_area', 'needs_polygon'] as const

/** Whether the file has a plot, why not, and what else a reader of it should know. */
export const EudrPlotSchema = Type.Object({
  entity_smallholder_id: Type.Integer(),
  name: Type.Union([Type.String(), Type.Null()]),
  entity_name: Type.Union([Type.String(), Type.Null()]),
  state: Type.Union([Type.String(), Type.Null()]),
  planted_area: Type.Union([Type.Number(), Type.Null()]),
  gps_coordinate_lat: Type.Union([Type.Number(), Type.Null()]),
  gps_coordinate_long: Type.Union([Type.Number(), Type.Null()]),
  included: Type.Boolean(),
  reason: Type.Union([...reasons.map(reason => Type.Literal(reason)), Type.Null()], { description: 'Why it was left out: no coordinate within Malaysia, no planted area above zero, or more than 4 hectares, which need a polygon' }),
  decimals: Type.Union([Type.Integer(), Type.Null()], { description: 'Decimals of the source\'s coordinate, of the shorter of the two' }),
  same_coordinate: Type.Integer({ description: 'Plots of the result at the same coordinate, this one included; 0 without a coordinate' }),
  cert_status: Type.Union([Type.String(), Type.Null()]),
}, { title: 'EudrPlot', additionalProperties: false })

export const eudrSummary = Type.Object({
  included: Type.Integer(),
  left_out: Type.Object(Object.fromEntries(reasons.map(reason => [reason, Type.Integer()]))),
  same_coordinate: Type.Integer({ description: 'Included plots that share their coordinate with another plot of the result' }),
  not_active: Type.Integer({ description: 'Included plots whose certificate is not ACTIVE' }),
  decimals: Type.Record(Type.String(), Type.Integer(), { description: 'Included plots by the decimals of their source\'s coordinate' }),
}, { title: 'EudrSummary' })
