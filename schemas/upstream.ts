import type { Static } from 'typebox'
import { Type } from './typebox/type.js'

const Text = Type.Union([Type.String(), Type.Null()])
const Integer = Type.Union([Type.Integer(), Type.Null()])

/**
 * One record of the register as upstream serves it, areas and coordinates as strings.
 * Source: the published sample of `GET /api/osh/all-smallholder`.
 */
export const UpstreamRecordSchema = Type.Object({
  entity_smallholder_id: Type.Integer({ examples: [474748] }),
  entity_code: Text,
  entity_name: Text,
  mpob_no: Text,
  planted_area: Text,
  certified_area: Text,
  gps_coordinate_lat: Text,
  gps_coordinate_long: Text,
  name: Text,
  stateId: Integer,
  state: Text,
  daerahId: Integer,
  daerah: Text,
  lot_no: Text,
  cert_status: Text,
  cert_no: Text,
  created_at: Text,
  updated_at: Text,
  track_id: Text,
}, { title: 'UpstreamRecord', additionalProperties: false })

export type UpstreamRecord = Static<typeof UpstreamRecordSchema>
export type UpstreamColumn = keyof UpstreamRecord

const isUpstreamColumn = (name: string): name is UpstreamColumn => name in UpstreamRecordSchema.properties

/** Upstream's columns in upstream's order, which is also the order in the Parquet files. */
export const upstreamColumns: readonly UpstreamColumn[] =
  Object.keys(UpstreamRecordSchema.properties).filter(isUpstreamColumn)

/** The columns that hold whole numbers; all others hold text. */
export const integerColumns: ReadonlySet<UpstreamColumn> = new Set(['entity_smallholder_id', 'stateId', 'daerahId'])

/** The columns whose text analysts cast to a number over all days at once. */
export const areaColumns: ReadonlySet<UpstreamColumn> = new Set(['planted_area', 'certified_area'])

/** The columns of text that are served as numbers. */
export const measureColumns = ['planted_area', 'certified_area', 'gps_coordinate_lat', 'gps_coordinate_long'] as const satisfies UpstreamColumn[]
