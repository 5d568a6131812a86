import { nameMember } from './names.js'
import type { Random } from './random.js'
import type { RegisterRecord } from './record.js'
import type { Layout, Settlement } from './settlements.js'

/** The one record that upstream has published, byte for byte. */
export const publishedSample: RegisterRecord = {
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
  track_id: 'MTS0000014',
}

const rowsPerBatch = 100
const millisecondsPerBatch = 1_843
const degreesPerMetre = 1 / 111_320
const firstTrackNo = 14

/** Writes the settlements' plots one by one, ids rising with a gap here and there. */
export function recordPlots (random: Random, settlements: readonly Settlement[]): RegisterRecord[] {
  const records: RegisterRecord[] = []
  let id = publishedSample.entity_smallholder_id
  let trackNo = firstTrackNo
  for (const settlement of settlements) {
    let lotNo = settlement.firstLotNo
    for (let index = 0; index < settlement.plots; index++) {
      records.push(recordPlot(random, settlement, { index, id, trackNo, lotNo }))
      id += random.chance(0.01) ? random.int(2, 5) : 1
      lotNo += random.chance(0.05) ? random.int(2, 8) : 1
      trackNo++
    }
    id += random.int(0, 20)
    trackNo += random.int(0, 5)
  }
  return [...records.slice(0, 1).map(() => ({ ...publishedSample })), ...records.slice(1)]
}

/** A tracking id as upstream writes it. */
export function formatTrackId (trackNo: number): string {
  return `MTS${String(trackNo).padStart(7, '0')}`
}

/** An MPOB number of 12 digits. */
export function drawMpobNo (random: Random): string {
  return `${random.int(500_000, 699_999)}${String(random.int(0, 999_999)).padStart(6, '0')}`
}

interface Position {
  index: number
  id: number
  trackNo: number
  lotNo: number
}

function recordPlot (random: Random, settlement: Settlement, { index, id, trackNo, lotNo }: Position): RegisterRecord {
  const { district } = settlement
  const plantedHa = drawAreaHa(random, settlement)
  const certifiedHa = random.chance(0.04) ? plantedHa * (0.8 + random.next() * 0.19) : plantedHa
  return {
    entity_smallholder_id: id,
    entity_code: settlement.entityCode,
    entity_name: settlement.entityName,
    mpob_no: settlement.knowsMpobNumbers && random.chance(0.8) ? drawMpobNo(random) : null,
    planted_area: plantedHa.toFixed(4),
    certified_area: certifiedHa.toFixed(4),
    ...placePlot(random, settlement.layout, index),
    name: nameMember(random, random.pick(settlement.families)),
    stateId: district.stateId,
    state: district.state,
    daerahId: district.daerahId,
    daerah: district.daerah,
    lot_no: `${settlement.lotPrefix}${lotNo}`,
    cert_status: settlement.certStatus,
    cert_no: settlement.certNo,
    created_at: stampBatch(settlement.createdAtMs, index),
    updated_at: chooseUpdate(random, settlement, index),
    track_id: formatTrackId(trackNo),
  }
}

function drawAreaHa (random: Random, { lotSizesHa, measuredShare }: Settlement): number {
  const lotHa = random.pick(lotSizesHa)
  return random.chance(measuredShare) ? lotHa * (0.85 + random.next() * 0.3) : lotHa
}

function placePlot (random: Random, layout: Layout, index: number) {
  const middle = (layout.plotsPerRow - 1) / 2
  const row = Math.floor(index / layout.plotsPerRow)
  const north = (row - middle) * layout.spacingDegrees + drawOffsetDegrees(random)
  const east = (index % layout.plotsPerRow - middle) * layout.spacingDegrees + drawOffsetDegrees(random)
  return {
    gps_coordinate_lat: (layout.latDegrees + north).toFixed(5),
    gps_coordinate_long: (layout.longDegrees + east).toFixed(5),
  }
}

function drawOffsetDegrees (random: Random): number {
  return random.int(-20, 20) * degreesPerMetre
}

function stampBatch (createdAtMs: number, index: number): string {
  return new Date(createdAtMs + Math.floor(index / rowsPerBatch) * millisecondsPerBatch).toISOString()
}

/** Most plots were updated together with their neighbours. */
function chooseUpdate (random: Random, { updatedAt, plots }: Settlement, index: number): string {
  const part = Math.floor(index * updatedAt.length / plots)
  const together = updatedAt[part]
  return together && random.chance(0.95) ? together : random.pick(updatedAt)
}
