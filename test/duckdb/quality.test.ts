import t from 'tap'
import { upstreamColumns } from '../../schemas/upstream.js'
import { placeSnapshot, selectOthers } from '../helpers/parquet.js'
import { startService } from '../helpers/service.js'
import { makeRecords } from '../ingest/helpers.js'

const [sample] = makeRecords(1)
let ids = 0
const plot = (changes: Record<string, unknown> = {}) => ({ ...sample, entity_smallholder_id: ++ids, mpob_no: 'M1', ...changes })
const at = (latitude: unknown, longitude: unknown) => plot({ gps_coordinate_lat: latitude, gps_coordinate_long: longitude })

const places = {
  missing: [at(null, '104.1'), at('1.7', ''), at(' ', ' ')],
  unreadable: [at('1,7', '104.1'), at('N/A', '104.1'), at('1.7', 'nan'), at('1.7', '1_04')],
  zero: [at('0', '0'), at('0.0000', '104.1'), at('1.7', '-0.0')],
  swapped: [at('104.1', '1.7'), at('119.3', '0.8')],
  outside: [at('51.5', '-0.1'), at('7.5', '104.1'), at('1.7', '99.5'), at('0.79', '104.1'), at('1.7', '119.31'), at('-1.7', '104.1')],
  inside: [at('0.8', '99.6'), at('7.4', '119.3'), at(' 1.7 ', '104.1')],
}

const counts = { missing: 3, unreadable: 4, zero: 3, swapped: 2, outside: 6 }

t.test('the quality report counts each kind of place once', async t => {
  const service = await startService(t, { records: Object.values(places).flat() })
  const { json } = await service.ingest()
  const { quality } = (await service.get('/snapshots/latest')).json.data
  t.match(quality, { rows: 21, plots: 21, duplicates: 0, withoutId: 0, coordinates: counts })
  t.match(quality.unreadableNumbers, { gps_coordinate_lat: 2, gps_coordinate_long: 2, planted_area: 0 })
  t.match(quality.nulls, { gps_coordinate_lat: 2, gps_coordinate_long: 2 })
  t.strictSame(json.warnings, ['2 rows seem to have latitude and longitude exchanged', '6 rows lie outside Malaysia', '3 rows have a coordinate of 0'])
})

t.test('the quality report counts nulls, unreadable areas, duplicates and unknown statuses', async t => {
  const records = [
    plot({ entity_smallholder_id: 9001 }), plot({ entity_smallholder_id: 9001 }), plot({ entity_smallholder_id: 9001 }),
    plot({ name: null, mpob_no: '', lot_no: '  ', track_id: undefined }),
    plot({ planted_area: null, certified_area: '3,95' }),
    plot({ planted_area: 'N/A', certified_area: '0.0000' }),
    plot({ cert_status: 'REVOKED' }), plot({ cert_status: ' REVOKED ' }), plot({ cert_status: 'active' }), plot({ cert_status: '' }), plot({ cert_status: 'DELAYED' }),
    plot({ stateId: null, daerahId: null, daerah: null }),
  ]
  const service = await startService(t, { records })
  const { json } = await service.ingest()
  const { quality } = (await service.get(`/snapshots/${json.date}`)).json.data
  t.match(quality, { rows: 12, plots: 10, duplicates: 2, unknownColumns: [], missingColumns: [] })
  t.strictSame(quality.unknownStatuses, { REVOKED: 2, active: 1 })
  t.strictSame(quality.unreadableNumbers, { planted_area: 1, certified_area: 1, gps_coordinate_lat: 0, gps_coordinate_long: 0, stateId: 0, daerahId: 0 })
  t.strictSame(quality.nulls, {
    ...Object.fromEntries(upstreamColumns.map(column => [column, 0])),
    ...Object.fromEntries(['name', 'mpob_no', 'lot_no', 'track_id', 'planted_area', 'cert_status', 'stateId', 'daerahId', 'daerah'].map(column => [column, 1])),
  })
})

t.test('a file that others wrote has the same report, and nothing about a run', async t => {
  const service = await startService(t)
  await placeSnapshot(`${service.folder}/snapshots`, '20260105', selectOthers({
    rows: 10,
    omit: ['track_id'],
    columns: {
      entity_smallholder_id: 'CASE WHEN i < 2 THEN NULL WHEN i < 5 THEN 7 ELSE i END',
      planted_area: "CASE i WHEN 0 THEN 'N/A' WHEN 1 THEN '' WHEN 2 THEN 'nan' ELSE '1.5' END",
      gps_coordinate_lat: "CASE i WHEN 0 THEN '104.1' WHEN 1 THEN '0' WHEN 2 THEN NULL WHEN 3 THEN 'x' WHEN 4 THEN '51' ELSE '1.7' END",
      gps_coordinate_long: "CASE i WHEN 0 THEN '1.7' ELSE '104.1' END",
      cert_status: "CASE i WHEN 0 THEN 'LAPSED' ELSE 'ACTIVE' END",
      zone: "'A'",
    },
  }))
  await service.parts.catalog.refresh()
  const { json } = await service.get('/snapshots/2026-01-05')
  const { quality, ...rest } = json.data
  t.match(rest, { date: '2026-01-05', rows: 10, source: null, fetchedAt: null, fetchedBytes: null, serviceVersion: null, contentSha256: null, converted: null, rejects: null })
  t.match(quality, {
    rows: 10,
    plots: 5,
    duplicates: 3,
    withoutId: 2,
    unreadableNumbers: { planted_area: 2, gps_coordinate_lat: 1 },
    coordinates: { missing: 1, unreadable: 1, zero: 1, swapped: 1, outside: 1 },
    unknownStatuses: { LAPSED: 1 },
    unknownColumns: ['zone'],
    missingColumns: ['track_id'],
  })
  t.match(quality.nulls, { entity_smallholder_id: 2, planted_area: 1, gps_coordinate_lat: 1, mpob_no: 10, track_id: 10, name: 0 })
})
