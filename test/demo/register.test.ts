import t from 'tap'
import { makeRegister, type RegisterRecord } from '../../demo/register.js'

/** As published, see the documentation of upstream's `GET /api/osh/all-smallholder`. */
const sample = '{"entity_smallholder_id":474748,"entity_code":"ORS15721","entity_name":"FELDA LOK HENG BARAT","mpob_no":null,"planted_area":"3.9520","certified_area":"3.9520","gps_coordinate_lat":"1.70941","gps_coordinate_long":"104.08802","name":"A.LATIF BIN BENU","stateId":1,"state":"Johor","daerahId":4,"daerah":"KOTA TINGGI","lot_no":"5722","cert_status":"EXPIRED","cert_no":"MYMS12195673","created_at":"2025-10-29T03:15:10.612Z","updated_at":"2024-07-24T01:17:06.101Z","track_id":"MTS0000014"}'

/** West, east, south, north, rounded outwards. */
const boxes: Readonly<Record<string, readonly [number, number, number, number]>> = {
  Johor: [102.46, 104.55, 1.26, 2.84],
  Kedah: [99.64, 101.13, 5.07, 6.55],
  Kelantan: [101.33, 102.67, 4.54, 6.25],
  Melaka: [101.84, 102.60, 2.04, 2.50],
  'Negeri Sembilan': [101.70, 102.70, 2.38, 3.29],
  Pahang: [101.33, 104.23, 2.45, 4.78],
  Perak: [100.36, 101.76, 3.66, 5.94],
  Perlis: [100.12, 100.38, 6.25, 6.73],
  'Pulau Pinang': [100.17, 100.56, 5.12, 5.59],
  Sabah: [115.33, 119.27, 4.06, 7.37],
  Sarawak: [109.53, 115.68, 0.85, 5.00],
  Selangor: [100.80, 101.98, 2.59, 3.88],
  Terengganu: [102.38, 103.50, 3.88, 5.97],
}

/** Where a scheme works, for those that work in one state only. */
const homes: Readonly<Record<string, string>> = {
  KEDA: 'Kedah',
  KEJORA: 'Johor',
  KESEDAR: 'Kelantan',
  KETENGAH: 'Terengganu',
  LKPP: 'Pahang',
  PERDA: 'Pulau Pinang',
  SALCRA: 'Sarawak',
  SLDB: 'Sabah',
}

const full = makeRegister()
const clean = makeRegister({ size: 5_000, dirt: false })

t.test('the register begins with the published sample, byte for byte', async t => {
  for (const options of [{}, { size: 1 }, { seed: 7, size: 300 }, { dirt: false, size: 300 }]) {
    t.equal(JSON.stringify(makeRegister(options)[0]), sample)
  }
})

t.test('the same seed and size make the same register, another seed makes another', async t => {
  const make = (seed: number) => JSON.stringify(makeRegister({ seed, size: 3_000 }))
  t.equal(make(3), make(3))
  t.ok(make(3) !== make(4))
})

t.test('the register has exactly the asked number of records', async t => {
  t.equal(full.length, 47_500)
  for (const size of [0, 1, 2, 10, 499, 500, 1_000]) t.equal(makeRegister({ size }).length, size)
})

t.test('the full register weighs what upstream\'s does, about 24 MB', async t => {
  const bytes = Buffer.byteLength(JSON.stringify(full))
  t.ok(bytes > 20e6 && bytes < 28e6, `${bytes} bytes`)
})

t.test('every record has upstream\'s columns in upstream\'s order', async t => {
  const columns = Object.keys(JSON.parse(sample)).join()
  t.ok(full.every(record => Object.keys(record).join() === columns))
})

t.test('schemes come in the order of their real size, FELDA with about half', async t => {
  const plots = (scheme: string) => full.filter(record => record.entity_name.split(' ')[0] === scheme).length
  const sizes = ['FELDA', 'FELCRA', 'SALCRA', 'RISDA', 'KESEDAR', 'SLDB'].map(plots)
  t.same(sizes, sizes.toSorted((a, b) => b - a))
  t.ok(plots('FELDA') > full.length * 0.45 && plots('FELDA') < full.length * 0.55)
})

t.test('a regional scheme works in its own state only', async t => {
  for (const [scheme, home] of Object.entries(homes)) {
    const states = new Set(clean.filter(record => record.entity_name.startsWith(`${scheme} `)).map(record => record.state))
    t.same([...states], [home], scheme)
  }
})

t.test('some names match no known organisation, though they look like it', async t => {
  const names = new Set(full.map(record => record.entity_name))
  t.ok(names.has('KEDAH SMALLHOLDERS COOPERATIVE'))
  t.ok(names.has('KOPERASI SERBAGUNA FELDA TROLAK BERHAD'))
})

t.test('plots lie inside the box of their state', async t => {
  const outside = makeRegister({ dirt: false }).filter(record => !isInside(record, boxes[record.state]))
  t.same(outside, [])
})

t.test('an entity has one name, one certificate and one district, and its plots are neighbours', async t => {
  const entities = new Map<string, RegisterRecord>()
  for (const plot of clean) {
    const first = entities.get(plot.entity_code) ?? plot
    entities.set(plot.entity_code, first)
    if (measureDegrees(plot, first) > 0.1) t.fail(`${plot.name} lives far from ${first.name}`)
  }
  const facts = new Set(clean.map(listSharedFacts))
  t.equal(facts.size, entities.size)
  t.equal(new Set(clean.map(record => record.cert_no)).size, entities.size)
})

t.test('a clean register has unique ids, numbers with a point and known statuses', async t => {
  t.equal(new Set(clean.map(record => record.entity_smallholder_id)).size, clean.length)
  t.equal(new Set(clean.map(record => record.track_id)).size, clean.length)
  t.ok(clean.every(record => /^\d+\.\d{4}$/.test(record.planted_area) && /^\d+\.\d{4}$/.test(record.certified_area)))
  t.ok(clean.every(record => Number(record.certified_area) <= Number(record.planted_area)))
  t.same([...new Set(clean.map(record => record.cert_status))].sort(), ['ACTIVE', 'DELAYED', 'EXPIRED'])
})

function isInside (record: RegisterRecord, box: readonly [number, number, number, number] | undefined): boolean {
  if (!box) return false
  const [west, east, south, north] = box
  const lat = Number(record.gps_coordinate_lat)
  const long = Number(record.gps_coordinate_long)
  return west <= long && long <= east && south <= lat && lat <= north
}

function listSharedFacts (plot: RegisterRecord): string {
  return [plot.entity_code, plot.entity_name, plot.cert_no, plot.cert_status, plot.daerahId].join()
}

function measureDegrees (one: RegisterRecord, other: RegisterRecord): number {
  return Math.hypot(
    Number(one.gps_coordinate_lat) - Number(other.gps_coordinate_lat),
    Number(one.gps_coordinate_long) - Number(other.gps_coordinate_long)
  )
}
