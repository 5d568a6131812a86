import type { DirtyRecord } from '../helpers/model.js'

/** The published sample of upstream. */
export const sample = {
  entity_smallholder_id: 474748,
  entity_code: 'ORS15721',
  entity_name: 'FELDA LOK HENG BARAT',
  mpob_no: null,
  planted_area: '3.9520',
  certified_area: '3.9520',
  gps_coordinate_lat: '1.70941',
  gps_coordinate_long: '104.08802',
  name: 'A.LATIF BIN BENU',
  stateId: 1,
  state: 'Johor',
  daerahId: 4,
  daerah: 'KOTA TINGGI',
  lot_no: '5722',
  cert_status: 'EXPIRED',
  cert_no: 'MYMS12195673',
  created_at: '2025-10-29T03:15:10.612Z',
  updated_at: '2024-07-24T01:17:06.101Z',
  track_id: 'MTS0000014'
} as const

/** A record like the sample but for what is given. */
export function record (id: number, changes: DirtyRecord = {}): DirtyRecord {
  return { ...sample, entity_smallholder_id: id, ...changes }
}

/** A register in which every filter has something to find and something to leave out. */
export const fixture: readonly DirtyRecord[] = [
  record(1),
  record(2, {
    entity_code: 'ORS2',
    entity_name: 'FELCRA KAMPUNG BARU, FASA 2',
    mpob_no: '501234567890',
    planted_area: '2.0000',
    certified_area: '1.5000',
    gps_coordinate_lat: '3.8',
    gps_coordinate_long: '103.3',
    name: 'SITI BINTI ALI',
    stateId: 6,
    state: 'Pahang',
    daerahId: 50,
    daerah: 'Kuantan',
    lot_no: 'PT 12',
    cert_status: 'ACTIVE',
    cert_no: 'MYMS2',
    created_at: '2025-01-01T00:00:00.000Z',
    updated_at: '2025-02-01T00:00:00.000Z',
    track_id: 'MTS2'
  }),
  record(3, { entity_code: 'ORS3', entity_name: 'KEDA BALING', planted_area: '10.0000', name: ' Lim_Ah 100% ', stateId: 2, state: 'Kedah', daerahId: 21, daerah: 'BALING', cert_status: 'DELAYED', cert_no: 'MYMS3', mpob_no: '' }),
  record(4, { entity_code: 'ORS4', entity_name: 'KEDAH MAJU', name: 'O\'BRIEN', stateId: null, state: ' Kedah ', daerahId: null, daerah: null, cert_status: 'ACTIVE', lot_no: null, planted_area: 'N/A', certified_area: '3,95' }),
  record(5, { entity_code: 'ORS5', entity_name: 'LADANG BERSAMA', name: 'back\\slash 😀', stateId: 10, state: null, daerahId: 100, daerah: '  ', cert_status: 'SUSPENDED', gps_coordinate_lat: '0', gps_coordinate_long: '0.0000', certified_area: '0.0000' }),
  record(6, { entity_name: 'RISDA', name: null, stateId: 11, state: 'Sarawak', daerahId: 110, cert_status: null, gps_coordinate_lat: '104.08802', gps_coordinate_long: '1.70941', track_id: 'MTS6' }),
  record(6, { name: 'OLD', updated_at: '2020-01-01T00:00:00.000Z' }),
]
