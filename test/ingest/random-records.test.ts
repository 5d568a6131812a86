import fc from 'fast-check'
import t from 'tap'
import { areaColumns, integerColumns, upstreamColumns, type UpstreamColumn } from '../../schemas/upstream.js'
import { readFooter, readParquet } from '../helpers/parquet.js'
import { startService } from '../helpers/service.js'
import { latestFile, makeRecords } from './helpers.js'

const knownFaults = fc.jsonValue({ stringUnit: 'binary' }).filter(value => !JSON.stringify(value).includes('__proto__') && !JSON.stringify(value).includes('\ufeff'))
const value = fc.oneof(fc.string(), fc.double({ noNaN: true, noDefaultInfinity: true }).map(String), fc.integer(), fc.integer().map(String), knownFaults)
const fill = makeRecords(1000).map(record => ({ ...record, entity_smallholder_id: record.entity_smallholder_id + 1_000_000 }))

type Raw = Record<string, unknown>

/** What the Parquet file has of a value: undefined where the footer has to keep it instead. */
function expectedOf (column: UpstreamColumn, value: unknown): unknown {
  if (value === undefined || value === null) return null
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  if (integerColumns.has(column)) {
    const isWhole = typeof value === 'number' ? Number.isSafeInteger(value) : typeof value === 'string' && /^\s*[+-]?\d+\s*$/.test(value) && Number.isSafeInteger(Number(value))
    return isWhole ? Number(value) + 0 : undefined
  }
  const isPlain = /^[ \t\n\v\f\r]*[+-]?(\d+(\.\d*)?|\.\d+)[ \t\n\v\f\r]*$/.test(text) && Number.isFinite(Number(text))
  return areaColumns.has(column) && !isPlain ? undefined : text
}

t.test('a list of any JSON values crashes nothing: each is a row or a reject', async t => {
  const service = await startService(t)
  await fc.assert(fc.asyncProperty(fc.array(fc.oneof(fc.jsonValue(), fc.record({ entity_smallholder_id: fc.jsonValue(), name: fc.jsonValue() })), { maxLength: 30 }), async values => {
    service.upstream.setRecords(values)
    const { status, json } = await service.ingest('?force=true')
    const report = json.report ?? json
    if (![200, 201, 422].includes(status)) throw new Error(`${status} ${json.detail}`)
    if (report.rows + report.rejectCount !== values.length) throw new Error(`${report.rows} rows and ${report.rejectCount} rejects of ${values.length} records`)
    if ((status === 422) !== (values.length === 0 || report.rejectCount > 0.01 * values.length)) throw new Error(`${status} with ${report.rejectCount} rejects of ${values.length}`)
  }), { numRuns: 25, seed: 7 })
})

t.test('every random value is in the Parquet and in the drop-in answer, or in the footer', async t => {
  const service = await startService(t)
  const record = fc.record(Object.fromEntries(upstreamColumns.map(column => [column, value])), { requiredKeys: [] })
  await fc.assert(fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 10 }), async records => {
    const sent: Raw[] = records.map((record, index) => ({ ...record, entity_smallholder_id: index }))
    service.upstream.setRecords(sent)
    const { status } = await service.ingest('?force=true')
    if (status > 201) throw new Error(`status ${status}`)
    const path = await latestFile(service)
    const expected = sent.map(record => upstreamColumns.map(column => expectedOf(column, record[column])))
    const rows = await readParquet(path)
    const inFile = rows.map(row => upstreamColumns.map(column => row[column]))
    const { unreadable } = await readFooter(path)
    const kept = sent.flatMap((record, index) => upstreamColumns.flatMap((column, place) =>
      expected[index]?.[place] === undefined ? [{ entity_smallholder_id: index, column, value: record[column] }] : []))
    compare(inFile, expected.map(row => row.map(value => value ?? null)), 'the file')
    compare(unreadable, kept, 'the footer')
    const { json } = await service.get('/api/osh/all-smallholder')
    compare(json.data.data.map((record: Raw) => upstreamColumns.map(column => record[column])), inFile, 'the drop-in')
  }), { numRuns: 25, seed: 7 })
})

t.test('random records among good ones are in the footer, whole', async t => {
  const service = await startService(t)
  await fc.assert(fc.asyncProperty(fc.array(knownFaults, { minLength: 1, maxLength: 10 }), async values => {
    service.upstream.setRecords([...fill, ...values])
    const { status, json } = await service.ingest('?force=true')
    if (status > 201) throw new Error(`status ${status}`)
    if (json.rejectCount !== values.length) throw new Error(`${json.rejectCount} rejects of ${values.length}`)
    const { rejects } = await readFooter(await latestFile(service))
    compare(rejects.map(({ position, record }) => [position, record]), values.map((value, index) => [fill.length + index, value]), 'the footer')
  }), { numRuns: 10, seed: 7 })
})

function compare (got: unknown, expected: unknown, what: string): void {
  if (JSON.stringify(got) !== JSON.stringify(expected)) throw new Error(`${what} has ${JSON.stringify(got)} instead of ${JSON.stringify(expected)}`)
}
