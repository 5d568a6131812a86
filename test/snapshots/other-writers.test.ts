import t from 'tap'
import { upstreamColumns } from '../../schemas/upstream.js'
import { placeSnapshot, selectOthers, type OtherFile } from '../helpers/parquet.js'
import { startService } from '../helpers/service.js'

const plot = {
  entity_smallholder_id: 1000,
  entity_code: 'ORS15721',
  entity_name: 'FELDA LOK HENG BARAT',
  scheme: 'FELDA',
  mpob_no: null,
  planted_area: 3.952,
  certified_area: 3.952,
  gps_coordinate_lat: 1.70941,
  gps_coordinate_long: 104.08802,
  name: 'PLOT 0',
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

const drop = { ...plot, planted_area: '3.9520', certified_area: '3.9520', gps_coordinate_lat: '1.70941', gps_coordinate_long: '104.08802' }

interface Quirk {
  file: OtherFile
  /** What differs from the usual plot. */
  plot?: Record<string, unknown>
  /** What differs from the usual record of the drop-in. */
  record?: Record<string, unknown>
}

const numbers = { planted_area: '3.952', certified_area: '3.952' }

const quirks: Record<string, Quirk> = {
  'as this service writes': { file: {} },
  'with an all-null column typed as integer': { file: { columns: { mpob_no: 'NULL::INTEGER' } } },
  'with an all-null column typed as null': { file: { columns: { mpob_no: 'NULL' } } },
  'with an all-null column of flags': { file: { columns: { mpob_no: 'NULL::BOOLEAN' } } },
  'with all areas null': { file: { columns: { planted_area: 'NULL', certified_area: 'NULL::INTEGER' } }, plot: { planted_area: null, certified_area: null }, record: { planted_area: null, certified_area: null } },
  'with all district ids null and typed as text': { file: { columns: { daerahId: 'NULL::VARCHAR' } }, plot: { daerahId: null }, record: { daerahId: null } },
  'without track_id': { file: { omit: ['track_id'] }, plot: { track_id: null }, record: { track_id: null } },
  'without several columns': { file: { omit: ['mpob_no', 'stateId', 'daerahId', 'lot_no', 'track_id'] }, plot: { daerahId: null, lot_no: null, track_id: null }, record: { stateId: null, daerahId: null, lot_no: null, track_id: null } },
  'with further columns': { file: { columns: { zone: "'A'", 'm.n': '1', json: "'{}'", row: '7', position: '8', plots: '9', has_location: 'false' } } },
  'with ids of 32 bits': { file: { columns: { entity_smallholder_id: '(1000 + i)::INTEGER', stateId: '1::INTEGER', daerahId: '4::INTEGER' } } },
  'with ids of 16 bits': { file: { columns: { entity_smallholder_id: '(1000 + i)::SMALLINT', stateId: '1::TINYINT', daerahId: '4::SMALLINT' } } },
  'with unsigned ids': { file: { columns: { entity_smallholder_id: '(1000 + i)::UINTEGER', stateId: '1::UTINYINT', daerahId: '4::UBIGINT' } } },
  'with ids as floating point': { file: { columns: { entity_smallholder_id: '(1000 + i)::DOUBLE', stateId: '1::DOUBLE', daerahId: '4::FLOAT' } } },
  'with ids as text': { file: { columns: { entity_smallholder_id: '(1000 + i)::VARCHAR', stateId: "'1'", daerahId: "' 4 '" } } },
  'with ids as text of floating point': { file: { columns: { entity_smallholder_id: "(1000 + i) || '.0'", stateId: "'1.0'", daerahId: "'4.'" } } },
  'with ids as decimals': { file: { columns: { entity_smallholder_id: '(1000 + i)::DECIMAL(18, 0)', stateId: '1::DECIMAL(9, 2)' } } },
  'with its columns in another order': { file: { first: [...upstreamColumns].reverse() } },
  'with a dictionary': { file: { columns: { state: "'Johor'::ENUM('Kedah', 'Johor')", cert_status: "'EXPIRED'::ENUM('ACTIVE', 'EXPIRED')" } } },
  'with areas and coordinates as floating point': { file: { columns: { planted_area: '3.952::DOUBLE', certified_area: '3.952::DOUBLE', gps_coordinate_lat: '1.70941::DOUBLE', gps_coordinate_long: '104.08802::DOUBLE' } }, record: numbers },
  'with areas as decimals': { file: { columns: { planted_area: '3.952::DECIMAL(18, 4)', certified_area: '3.952::DECIMAL(10, 3)' } }, record: { certified_area: '3.952' } },
  'with areas that are no finite numbers': { file: { columns: { planted_area: "'nan'::DOUBLE", certified_area: "'-inf'::DOUBLE" } }, plot: { planted_area: null, certified_area: null }, record: { planted_area: 'nan', certified_area: '-inf' } },
  'with timestamps': { file: { columns: { created_at: "TIMESTAMP '2025-10-29 03:15:10.612'", updated_at: "TIMESTAMP_MS '2024-07-24 01:17:06.101'" } } },
  'with timestamps in nanoseconds': { file: { columns: { created_at: "TIMESTAMP_NS '2025-10-29 03:15:10.612'" } } },
  'with timestamps in UTC': { file: { columns: { created_at: "TIMESTAMPTZ '2025-10-29 03:15:10.612+00'", updated_at: "TIMESTAMPTZ '2024-07-24 09:17:06.101+08'" } } },
  'with dirty text': { file: { columns: { name: "'  PLOT 0 '", lot_no: "' '", stateId: 'NULL::BIGINT', state: "' johor '", planted_area: "'3,95'", certified_area: "''" } }, plot: { lot_no: null, state: 'johor', planted_area: null, certified_area: null }, record: { name: '  PLOT 0 ', lot_no: ' ', stateId: null, state: ' johor ', planted_area: '3,95', certified_area: '' } },
}

t.test('a file that others wrote is served like our own', async t => {
  const service = await startService(t)
  const days = Object.keys(quirks).map((_, index) => `202601${String(index + 1).padStart(2, '0')}`)
  for (const [index, [what, { file, plot: changed, record }]] of Object.entries(quirks).entries()) {
    t.test(`a file ${what}`, async t => {
      const day = days[index] ?? ''
      await placeSnapshot(`${service.folder}/snapshots`, day, selectOthers(file))
      await service.parts.catalog.refresh()
      const { status, json } = await service.get(`/smallholders?snapshot=${day}&state=1`)
      t.equal(status, 200)
      t.match(json.meta, { date: `2026-01-${day.slice(6)}`, total: 3 })
      t.strictSame(json.data[0], { ...plot, ...changed })
      const { json: latest } = await service.get('/api/osh/all-smallholder')
      const { scheme: _, ...expected } = { ...drop, ...record }
      t.strictSame(latest.data.data[0], expected)
      t.equal((await service.get(`/snapshots/${day}`)).json.data.quality.rows, 3)
    })
  }
})

t.test('an empty file is a snapshot without plots', async t => {
  const service = await startService(t)
  await placeSnapshot(`${service.folder}/snapshots`, '20260101', selectOthers({ rows: 0 }))
  await service.parts.catalog.refresh()
  const { status, json } = await service.get('/smallholders')
  t.equal(status, 200)
  t.match(json, { data: [], meta: { total: 0, pages: 0 } })
  t.match((await service.get('/aggregates')).json.data, [{ smallholders: 0, planted_area: 0 }])
  t.strictSame((await service.get('/api/osh/all-smallholder')).json, { data: { page_size: 10, data: [] } })
  t.equal((await service.get('/snapshots')).json.data[0].rows, 0)
})

t.test('rows without an id are counted and not served', async t => {
  const service = await startService(t)
  await placeSnapshot(`${service.folder}/snapshots`, '20260101', selectOthers({ rows: 5, columns: { entity_smallholder_id: 'CASE WHEN i < 2 THEN NULL ELSE i::DOUBLE END' } }))
  await service.parts.catalog.refresh()
  t.strictSame((await service.get('/smallholders')).json.data.map((found: { entity_smallholder_id: number }) => found.entity_smallholder_id), [2, 3, 4])
  t.match((await service.get('/snapshots/latest')).json.data, { rows: 5, quality: { rows: 5, plots: 3, withoutId: 2 } })
})

t.test('an ingest replaces a file that others wrote for today, and compares its size with it', async t => {
  const service = await startService(t, { records: [] })
  service.upstream.setRecords([{ ...drop, entity_smallholder_id: 1 }])
  const { json } = await service.ingest()
  const day = json.date.replaceAll('-', '')
  await placeSnapshot(`${service.folder}/snapshots`, day, selectOthers({ rows: 10 }))
  t.match((await service.ingest()).json, { report: { outcome: 'refused', previousRows: 10 } })
  t.match((await service.ingest('?force=true')).json, { outcome: 'published', previousRows: 10, rows: 1 })
})
