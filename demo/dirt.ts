import type { Random } from './random.js'
import type { RegisterRecord } from './record.js'

type Stain = (random: Random, record: RegisterRecord) => RegisterRecord

/** Each kind of dirt hits this part of the rows. */
const stainedShare = 0.001
const millisecondsPerDay = 86_400_000

const stains: readonly Stain[] = [
  function emptyTexts (_random, record) {
    return { ...record, mpob_no: '', daerahId: null, daerah: '' }
  },
  function loseDistrict (_random, record) {
    return { ...record, daerahId: null, daerah: null }
  },
  function zeroAreas (random, record) {
    const zero = random.pick(['0', '0.0000'])
    return { ...record, planted_area: zero, certified_area: zero }
  },
  function zeroCoordinates (random, record) {
    const zero = random.pick(['0', '0.0000'])
    return { ...record, gps_coordinate_lat: zero, gps_coordinate_long: zero }
  },
  function swapCoordinates (_random, record) {
    return { ...record, gps_coordinate_lat: record.gps_coordinate_long, gps_coordinate_long: record.gps_coordinate_lat }
  },
  function writeCommas (_random, record) {
    return {
      ...record,
      certified_area: record.certified_area.replace('.', ','),
      gps_coordinate_lat: record.gps_coordinate_lat.replace('.', ','),
      gps_coordinate_long: record.gps_coordinate_long.replace('.', ','),
    }
  },
  function omitArea (_random, record) {
    return { ...record, certified_area: 'N/A' }
  },
  function padName (random, record) {
    return { ...record, name: random.pick([` ${record.name}`, `${record.name}  `, `  ${record.name} `]) }
  },
  function loseStateId (_random, record) {
    return { ...record, stateId: null }
  },
  function inventStatus (random, record) {
    return { ...record, cert_status: random.pick(['SUSPENDED', 'SUSPENDED', 'WITHDRAWN']) }
  },
]

const duplications: readonly Stain[] = [
  function repeatLater (random, record) {
    const updatedAtMs = Date.parse(record.updated_at) + random.int(1, 90) * millisecondsPerDay
    return { ...shrinkArea(record), updated_at: new Date(updatedAtMs).toISOString() }
  },
  function repeatAtTheSameTime (_random, record) {
    return shrinkArea(record)
  },
]

/**
 * Soils a register the way upstream's is: every kind of dirt in about 0.1 % of the rows, no row with two kinds.
 * A repeated row takes the place of the row after it, so the number of rows stays. The first row stays clean.
 */
export function applyDirt (random: Random, clean: readonly RegisterRecord[]): RegisterRecord[] {
  const records = [...clean]
  const times = Math.round(records.length * stainedShare)
  const spots = drawSpots(random, records.length, times * (stains.length + duplications.length))
  const soil = (kinds: readonly Stain[], offset: number) => {
    for (const stain of kinds) {
      for (const spot of spots.splice(0, times)) {
        const record = records[spot]
        if (record) records[spot + offset] = stain(random, record)
      }
    }
  }
  soil(stains, 0)
  soil(duplications, 1)
  return records
}

/** Distinct rows, none of them the first and each with a row after it that is not drawn. */
function drawSpots (random: Random, rows: number, count: number): number[] {
  const spots = new Set<number>()
  while (spots.size < count) {
    const spot = random.int(1, rows - 2)
    if (![spot - 1, spot, spot + 1].some(near => spots.has(near))) spots.add(spot)
  }
  return [...spots]
}

function shrinkArea (record: RegisterRecord): RegisterRecord {
  return { ...record, certified_area: (Number(record.certified_area) * 0.9).toFixed(4) }
}
