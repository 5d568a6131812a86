import t from 'tap'
import { query, quote, readFooter, readParquet } from '../helpers/parquet.js'
import { startService } from '../helpers/service.js'
import { envelopeOf, latestFile, makeRecords, rawRecord } from './helpers.js'

t.test('a value of another type than its column\'s is converted without loss and counted', async t => {
  const service = await startService(t)
  const changes = {
    planted_area: '3.9520',
    certified_area: '10.00',
    gps_coordinate_lat: '1.70',
    lot_no: '123456789012345678901234567890.10',
    mpob_no: '1e400',
    name: 'true',
    cert_no: '["a",{"b":null}]',
    daerah: '{"id":4}',
    stateId: '"1"',
    daerahId: '4.0',
  }
  service.upstream.setBody(envelopeOf([rawRecord(1, changes), rawRecord(2)]))
  const { status, json } = await service.ingest()
  t.equal(status, 201)
  t.match(json, { rows: 2, rejectCount: 0, warnings: ['10 values came with another type and were converted'] })
  const path = await latestFile(service)
  const [row, untouched] = await readParquet(path)
  t.match(row, {
    planted_area: '3.9520',
    certified_area: '10.00',
    gps_coordinate_lat: '1.70',
    lot_no: '123456789012345678901234567890.10',
    mpob_no: '1e400',
    name: 'true',
    cert_no: '["a",{"b":null}]',
    daerah: '{"id":4}',
    stateId: 1,
    daerahId: 4,
  })
  t.match(untouched, { planted_area: '3.9520', name: 'A.LATIF BIN BENU', stateId: 1 })
  t.match(await readFooter(path), { converted: 10, unreadable: [], rejects: [] })
  t.equal((await service.get('/snapshots/latest')).json.data.converted, 10)
})

t.test('an id may come as text of digits, and is no id otherwise', async t => {
  const service = await startService(t)
  const good = ['1', '"2"', '" 3 "', '4.0', '5e0', '-6', '9007199254740991']
  const bad = ['1.5', '"1.5"', '"x"', '""', 'null', 'true', '[1]', '{}', '9007199254740992', '123456789012345678901234567890', '"0x10"', '1e400']
  const fill = makeRecords((bad.length + 1) * 100).map(record => rawRecord(record.entity_smallholder_id + 1_000_000))
  const odd = [...good, ...bad].map(id => rawRecord(0, { entity_smallholder_id: id }))
  const { entity_smallholder_id: _, ...without } = rawRecord(0)
  service.upstream.setBody(envelopeOf([...odd, without, ...fill]))
  const { status, json } = await service.ingest()
  t.equal(status, 201)
  t.match(json, { rows: good.length + fill.length, rejectCount: bad.length + 1 })
  const ids = (await readParquet(await latestFile(service))).map(row => Number(row['entity_smallholder_id']))
  t.strictSame(ids.filter(id => id < 1_000_000 || id > 9e15), [-6, 1, 2, 3, 4, 5, 9007199254740991])
  t.equal((await service.get('/smallholders/2')).json.data.entity_smallholder_id, 2)
})

t.test('rejects are kept whole in the footer, with their position and the reason', async t => {
  const records = makeRecords(20_000)
  const odd = [null, 7, 'text', true, [1, 2], { name: 'no id', deep: { list: [null, { a: 'é' }] } }, { entity_smallholder_id: 'x' }]
  const bad = Array.from({ length: 150 }, (_, index) => odd[index % odd.length] ?? null)
  const service = await startService(t, { records: records.flatMap((record, index) => index < 150 ? [bad[index], record] : [record]) })
  const { status, json } = await service.ingest()
  t.equal(status, 201)
  t.match(json, { rows: 20_000, rejectCount: 150, warnings: ['150 records could not become a row; the file\'s footer keeps them'] })
  const { rejects } = await readFooter(await latestFile(service))
  const reasons = bad.map(record => typeof record === 'object' && record !== null && !Array.isArray(record) ? 'entity_smallholder_id is no integer' : 'the record is no object')
  t.equal(JSON.stringify(rejects), JSON.stringify(bad.map((record, index) => ({ position: index * 2, reason: reasons[index], record }))))
  t.equal(JSON.stringify(json.rejects), JSON.stringify(rejects.slice(0, 100)))
  t.equal((await service.get('/snapshots/latest')).json.data.rejects, 150)
})

const dirty = ['N/A', '3,95', '', ' ', 'nan', 'NaN', 'inf', '-Infinity', '1_000', '1e5', '0x10', '3.9.5', '٣', '9'.repeat(400), '- 1']
const plain = ['3.9520', '0', '0.0000', '.5', '3.', '+2', '-1.5', ' 7.25 ', '\t8\n', '00012', '0.' + '3'.repeat(400)]

t.test('an area that is no plain decimal is null in the Parquet, and its text is in the footer', async t => {
  const records = makeRecords(dirty.length + plain.length).map((record, index) => ({ ...record, entity_smallholder_id: index, certified_area: [...dirty, ...plain][index] ?? '' }))
  const service = await startService(t, { records })
  const { status, json } = await service.ingest()
  t.equal(status, 201)
  t.equal(json.rejectCount, 0)
  const path = await latestFile(service)
  const rows = await readParquet(path)
  t.strictSame(rows.map(row => row['certified_area']), [...dirty.map(() => null), ...plain])
  const { unreadable } = await readFooter(path)
  t.strictSame(unreadable, dirty.map((value, id) => ({ entity_smallholder_id: id, column: 'certified_area', value })))
  t.match(json.warnings, [`${dirty.length} values could not be stored in their column; the file's footer keeps them`])
})

t.test('the analysts\' query runs on a dirty file next to a clean one', async t => {
  const records = makeRecords(100).map((record, index) => ({ ...record, certified_area: dirty[index] ?? plain[index - dirty.length] ?? '1.0', planted_area: { odd: 1 } }))
  const service = await startService(t, { records })
  t.equal((await service.ingest()).status, 201)
  const folder = `${service.folder}/snapshots`
  const rows = await query(`
    SELECT entity_name AS organisation, state, COUNT(*) AS smallholders, SUM(CAST(certified_area AS DOUBLE)) AS total_ha, SUM(CAST(planted_area AS DOUBLE)) AS planted
    FROM read_parquet(${quote(`${folder}/*/*.parquet`)}) GROUP BY entity_name, state ORDER BY total_ha DESC`)
  t.equal(rows.reduce((sum, row) => sum + Number(row['smallholders']), 0), 100)
  const total = rows.reduce((sum, row) => sum + Number(row['total_ha']), 0)
  const expected = records.reduce((sum, { certified_area: area }) => sum + (dirty.includes(area) ? 0 : Number(area)), 0)
  t.ok(Math.abs(total - expected) < 1e-6, `${total} is ${expected}`)
})

t.test('a state or district id that is no integer is null in the Parquet, and in the footer', async t => {
  const service = await startService(t)
  service.upstream.setBody(envelopeOf([rawRecord(1, { stateId: '"Johor"', daerahId: '1.5' }), rawRecord(2, { stateId: '""', daerahId: 'null' })]))
  t.equal((await service.ingest()).status, 201)
  const path = await latestFile(service)
  t.strictSame((await readParquet(path)).map(row => [row['stateId'], row['daerahId']]), [[null, null], [null, null]])
  t.match((await readFooter(path)).unreadable, [
    { entity_smallholder_id: 1, column: 'stateId', value: 'Johor' },
    { entity_smallholder_id: 1, column: 'daerahId' },
    { entity_smallholder_id: 2, column: 'stateId', value: '' },
  ])
  t.match((await service.get('/smallholders/1')).json.data, { stateId: 1, state: 'Johor', daerahId: null })
})

t.test('text stays as upstream has it, whatever its characters', async t => {
  const texts = ['', ' spaced ', 'a\u0000b', '😀', 'நிலம்', '林', '\u202eRTL', 'tab\tnew\nline', '"quoted"', '\\', "'; DROP TABLE x; --", '{}', 'null', 'x'.repeat(100_000)]
  const records = makeRecords(texts.length).map((record, index) => ({ ...record, entity_smallholder_id: index, name: texts[index], lot_no: texts[index] }))
  const service = await startService(t, { records })
  t.equal((await service.ingest()).status, 201)
  t.ok(JSON.stringify((await readParquet(await latestFile(service))).map(row => row['name'])) === JSON.stringify(texts))
  const { json } = await service.get('/api/osh/all-smallholder')
  t.ok(JSON.stringify(json.data.data.map((record: { lot_no: string }) => record.lot_no)) === JSON.stringify(texts))
})
