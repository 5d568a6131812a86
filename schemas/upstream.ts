/**
 * One record of the register exactly as upstream serves it.
 * Source: the published sample of `GET /api/osh/all-smallholder`.
 */
export interface UpstreamRecord {
  entity_smallholder_id: number
  entity_code: string
  entity_name: string
  mpob_no: string | null
  planted_area: string
  certified_area: string
  gps_coordinate_lat: string
  gps_coordinate_long: string
  name: string
  stateId: number | null
  state: string | null
  daerahId: number | null
  daerah: string | null
  lot_no: string
  cert_status: string
  cert_no: string
  created_at: string
  updated_at: string
  track_id: string
}
