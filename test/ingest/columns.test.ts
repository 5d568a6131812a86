import t from 'tap'
import { upstreamColumns } from '../../schemas/upstream.js'
import { query, quote, readParquet } from '../helpers/parquet.js'
import { startService } from '../helpers/service.js'
import { envelopeOf, latestFile, makeRecords, rawRecord } from './helpers.js'

t.test('further columns are kept as text after upstream\'s own, and reported', async t => {
  const service = await startService(t)
  service.upstream.setBody(envelopeOf([
    rawRecord(1, { zone: '"A"', area_ha: '3.9520', active: 'true', soil: '{"peat":[1,null]}' }),
    rawRecord(2, { zone: 'null', mukim: '"KOTA"' }),
    rawRecord(3),
  ]))
  const { json } = await service.ingest()
  t.strictSame(json.warnings.sort(), ['active', 'area_ha', 'mukim', 'soil', 'zone'].map(name => `the column ${name} is new`))
  const path = await latestFile(service)
  const columns = await query(`SELECT column_name AS name, column_type AS type FROM (DESCRIBE SELECT * FROM read_parquet(${quote(path)}))`)
  t.strictSame(columns.slice(upstreamColumns.length), ['active', 'area_ha', 'mukim', 'soil', 'zone'].map(name => ({ name, type: 'VARCHAR' })))
  t.match(await readParquet(path), [
    { zone: 'A', area_ha: '3.9520', active: 'true', soil: '{"peat":[1,null]}', mukim: null },
    { zone: null, area_ha: null, active: null, soil: null, mukim: 'KOTA' },
    { zone: null, mukim: null },
  ])
  t.strictSame((await service.get('/snapshots/latest')).json.data.quality.unknownColumns.sort(), ['active', 'area_ha', 'mukim', 'soil', 'zone'])
  t.notOk('zone' in (await service.get('/smallholders/1')).json.data)
})

const oddNames = ['a"b', "c'd", 'e\\f', 'back\\"slash', 'k*l', 'o[0]', '$', '  ', 'naïve', '😀', 'constructor', 'incoming', 'extras', 'rowid', 'filename', 'x'.repeat(2000)]

t.test('a column is kept, although its name is odd', async t => {
  const service = await startService(t)
  for (const name of oddNames) {
    t.test(`the column ${JSON.stringify(name).slice(0, 30)}`, async t => {
      service.upstream.setRecords(makeRecords(2).map(record => ({ ...record, [name]: 'kept' })))
      t.equal((await service.ingest()).status, 201)
      const [row = {}] = await readParquet(await latestFile(service))
      t.equal(Object.keys(row).length, upstreamColumns.length + 1)
      t.ok(Object.values(row).includes('kept'))
      t.equal((await service.ingest()).status, 200)
    })
  }
})

t.test('columns that differ from a known one or from each other in case only are all kept', async t => {
  const records = makeRecords(2).map(record => ({ ...record, NAME: 'big', Name: 'title', stateid: 'small', Zone: 'z1', ZONE: 'z2', zone_2: 'z3' }))
  const service = await startService(t, { records })
  t.equal((await service.ingest()).status, 201)
  const [row = {}] = await readParquet(await latestFile(service))
  t.equal(new Set(Object.keys(row).map(column => column.toLowerCase())).size, upstreamColumns.length + 6)
  for (const value of ['big', 'title', 'small', 'z1', 'z2', 'z3']) t.ok(Object.values(row).includes(value), value)
  t.match(row, { name: records[0]?.name, stateId: 1 })
})

t.test('columns that upstream does not send are null and reported', async t => {
  const records = makeRecords(3).map(({ track_id: _track, mpob_no: _mpob, ...record }) => record)
  const service = await startService(t, { records })
  const { json } = await service.ingest()
  t.strictSame(json.warnings, ['no record has the column mpob_no', 'no record has the column track_id'])
  t.strictSame((await service.get('/snapshots/latest')).json.data.quality.missingColumns, ['mpob_no', 'track_id'])
  t.equal((await service.get('/smallholders')).json.data[0].track_id, null)
})
