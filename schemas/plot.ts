import type { Static } from 'typebox'
import { Type } from './typebox/type.js'

const nullable = (description: string, example: string) =>
  Type.Union([Type.String(), Type.Null()], { description, examples: [example] })

const nullableNumber = (description: string, example: number) =>
  Type.Union([Type.Number(), Type.Null()], { description, examples: [example] })

const nullableInteger = (description: string, example: number) =>
  Type.Union([Type.Integer(), Type.Null()], { description, examples: [example] })

/** A plot as the service serves it. Example values: the published sample record. */
export const PlotSchema = Type.Object({
  entity_smallholder_id: Type.Integer({ description: 'Unique id of the plot', examples: [474748] }),
  entity_code: nullable('Code of the organisation', 'ORS15721'),
  entity_name: nullable('Name of the organisation or settlement', 'FELDA LOK HENG BARAT'),
  scheme: Type.String({ description: 'The managing organisation: the first word of `entity_name` where it is a known one, else OTHER', examples: ['FELDA'] }),
  mpob_no: nullable('Malaysian Palm Oil Board registration number, very often null', '501234567890'),
  planted_area: nullableNumber('Hectares', 3.952),
  certified_area: nullableNumber('Hectares', 3.952),
  gps_coordinate_lat: nullableNumber('Degrees north, WGS 84', 1.70941),
  gps_coordinate_long: nullableNumber('Degrees east, WGS 84', 104.08802),
  name: nullable('Name of the smallholder', 'A.LATIF BIN BENU'),
  stateId: nullableInteger('Id of the state, see /states', 1),
  state: nullable('Name of the state', 'Johor'),
  daerahId: nullableInteger('Id of the district', 4),
  daerah: nullable('Name of the district', 'KOTA TINGGI'),
  lot_no: nullable('Land lot number', '5722'),
  cert_status: nullable('ACTIVE, EXPIRED, DELAYED or what else upstream sends', 'EXPIRED'),
  cert_no: nullable('Number of the MSPO certificate', 'MYMS12195673'),
  created_at: nullable('As upstream has it: ISO 8601, UTC', '2025-10-29T03:15:10.612Z'),
  updated_at: nullable('As upstream has it; may be earlier than `created_at`', '2024-07-24T01:17:06.101Z'),
  track_id: nullable('Tracking id', 'MTS0000014'),
}, { title: 'Plot', additionalProperties: false })

export type Plot = Static<typeof PlotSchema>
export type PlotField = keyof Plot

const isPlotField = (name: string): name is PlotField => name in PlotSchema.properties

/** A plot's fields in the order in which they are served. */
export const plotFields: readonly PlotField[] = Object.keys(PlotSchema.properties).filter(isPlotField)
