import fc from 'fast-check'
import t from 'tap'
import { readCells, readCsv, readFeatures } from './readers.js'
import { startService } from '../helpers/service.js'
import { record } from '../query/fixture.js'

// `FC_SEED=… npx tap test/formats/random.test.ts` repeats a run.
const seed = Number(process.env['FC_SEED'] ?? Date.now() % 2 ** 31)

const control = fc.integer({ min: 1, max: 31 }).map(code => String.fromCharCode(code))
const odd = fc.constantFrom('"', '""', '\'', ',', ';', '\n', '\r', '\r\n', '\t', '=', '+', '-', '@', '\\', '=1+1', '@SUM(A1)', '-2', '+60 12', '\'=x', '\'\'-', '👩‍🌾', '\u2028', '\u202e', 'É', '\ufeff', '{"a":1}', '</script>', '\u007f', '0012', '1e5', 'NULL')
const text = fc.array(fc.oneof({ weight: 4, arbitrary: odd }, { weight: 1, arbitrary: control }, { weight: 2, arbitrary: fc.string({ unit: 'grapheme', maxLength: 4 }) }), { maxLength: 5 }).map(parts => parts.join('').replaceAll('\0', ''))

const records = fc.sample(fc.record({ name: text, lot_no: text, entity_name: text, daerah: text, cert_no: text, mpob_no: fc.option(text) }), { seed, numRuns: 600 }).map((changes, index) => record(index + 1, changes))
const numbers = ['entity_smallholder_id', 'planted_area', 'certified_area', 'gps_coordinate_lat', 'gps_coordinate_long', 'stateId', 'daerahId', 'smallholders', 'active', 'expired', 'delayed', 'other']

t.test(`whatever people write comes back from csv, ndjson and geojson as JSON has it (FC_SEED=${seed})`, async t => {
  const service = await startService(t, { records })
  t.equal((await service.ingest()).status, 201)
  const { data } = (await service.get('/smallholders?pageSize=1000')).json
  t.equal(data.length, records.length)
  const csv = (await service.get('/smallholders?format=csv')).text
  t.same(readCsv(csv, numbers), data)
  const texts = readCells(csv).flatMap(row => Object.entries(row).filter(([name]) => !numbers.includes(name)).map(([, cell]) => cell))
  t.same(texts.filter(cell => /^[=+\-@\t\r]/.test(cell)), [], 'no text begins as a formula does')
  t.ok(texts.some(cell => cell.startsWith('\'=')), 'some would')
  t.same((await service.get('/smallholders?format=ndjson')).text.trimEnd().split('\n').map(line => JSON.parse(line)), data)
  t.same(readFeatures((await service.get('/smallholders?format=geojson')).text).map(({ properties }) => properties), data)
  const groups = (await service.get('/aggregates?by=entity,district')).json.data
  t.same(readCsv((await service.get('/aggregates?by=entity,district&format=csv')).text, numbers), groups)
})
