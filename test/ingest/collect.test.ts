import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import fc from 'fast-check'
import t from 'tap'
import { upstreamColumns } from '../../schemas/upstream.js'
import { readRows } from '../../src/duckdb/database.js'
import { ParquetWriter } from '../../src/duckdb/parquet.js'
import { sql } from '../../src/duckdb/sql.js'
import { collect } from '../../src/ingest/collect.js'
import { writeParts } from '../../src/ingest/lines.js'
import { makeFolder } from '../helpers/service.js'
import { envelopeOf, makeRecords, rawRecord } from './helpers.js'

/** A record's members as they stand in JSON text. */
type Members = [key: string, value: string][]

const oddValues = ['""', '" x "', '"a\\"b"', '"\\u0041"', '"\\/"', '"\\\\"', '"\\ud800"', '"é€😀"', '"\\u0000"', '"{\\"a\\":1}"', '"},{"', '3.95', '3.9520', '3.95200', '1e2', '1.0', '-0', '-6', '0', '00',
  '12345678901234567890', '9007199254740992', '9007199254740991', '-9007199254740993', 'true', 'null', 'NaN', '{}', '{"a" : [1.50]}', '[1,2]', '"3.9520"', '"1_000"', '"1e5"', '"inf"', '" 7.25 "', '"12"', '"-6"', `"${'9'.repeat(400)}"`, `"${'x'.repeat(50_000)}"`, '"a\nb"']
const changes = fc.array(fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('value' as const), at: fc.nat(18), text: fc.oneof(fc.constantFrom(...oddValues), fc.string({ unit: 'binary' }).map(text => JSON.stringify(text))) }) },
  fc.record({ kind: fc.constantFrom('remove' as const, 'repeat' as const, 'rename' as const, 'swap' as const, 'add' as const), at: fc.nat(17), text: fc.constantFrom(...oddValues) })
), { maxLength: 2 })
const frame = fc.oneof({ weight: 9, arbitrary: fc.constant(['{', '}'] as const) }, fc.constantFrom(['{ ', '}'] as const, ['{', ',}'] as const, ['[', ']'] as const, ['{', '\n}'] as const, ['{"x":{', '}}'] as const))

const plain: Members = Object.entries(rawRecord(1))

const record = fc.tuple(changes, frame).map(([changes, [open, close]]) => {
  const members = plain.map(([key, value]): [string, string] => [key, value])
  for (const { kind, at, text } of changes) {
    const [key = '', value = ''] = members[at] ?? []
    if (kind === 'value') members[at] = [key, text]
    if (kind === 'remove') members.splice(at, 1)
    if (kind === 'repeat') members.push([key, text])
    if (kind === 'rename') members[at] = [`${key.slice(0, -1)}x`, value]
    if (kind === 'swap') members.splice(at, 2, members[at + 1] ?? ['y', '1'], [key, value])
    if (kind === 'add') members.push(['more', text])
  }
  return `${open}${members.map(([key, value]) => `"${key}":${value}`).join()}${close}`
})

t.test('the records that the engine takes are what they would be if they were decoded one by one', async t => {
  t.equal(plain.map(([key]) => key).join(), upstreamColumns.join(), 'the plain record is one that the engine takes')
  const instance = await DuckDBInstance.create(':memory:')
  t.after(() => instance.closeSync())
  const folder = await makeFolder(t)
  let failures = 0

  const read = async (elements: string[]) => {
    const own = await mkdtemp(join(folder, 'run-'))
    const path = join(own, 'upstream.json')
    await writeFile(path, `{"data":{"data":[${elements.join()}]}}`)
    const connection = await instance.connect()
    try {
      const { writer, ...rest } = await collect(connection, path, own, () => {}, new AbortController().signal)
      if ((await readdir(own)).length > 1) throw new Error('something is left in the folder')
      return { ...rest, columns: [...writer.content.columns.keys()], count: writer.rows, rows: await readRows(connection, sql`SELECT * FROM incoming ORDER BY position`) }
    } catch (error) {
      failures++
      return String(error)
    } finally {
      connection.closeSync()
    }
  }

  await fc.assert(fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 8 }), async elements => {
    // No text with a line break can stand in a line, so each of these is decoded.
    const [together, decoded] = [await read(elements), await read(elements.map(element => element.replace(/^./s, '$&\n')))]
    const [got, expected] = [together, decoded].map(outcome => JSON.stringify(outcome, (_key, value: unknown) => typeof value === 'bigint' ? String(value) : value))
    if (got !== expected) throw new Error(`${got} instead of ${expected}`)
  }), { numRuns: 150 })
  t.ok(failures > 0, 'and what is refused one by one is refused')
})

t.test('records as upstream sends them need no decoding', async t => {
  const instance = await DuckDBInstance.create(':memory:')
  t.after(() => instance.closeSync())
  const folder = await makeFolder(t)
  const path = join(folder, 'upstream.json')
  const odd = rawRecord(2, { planted_area: '3.9520' })
  await writeFile(path, envelopeOf([...makeRecords(500).map(({ entity_smallholder_id: id }) => rawRecord(id)), odd, rawRecord(1)]))
  const writer = await ParquetWriter.create(await instance.connect())
  for await (const part of writeParts(path, folder, new AbortController().signal)) {
    t.strictSame([...await writer.appendLines(part.path, part.from, part.elements.length)], [500])
  }
  t.equal(writer.rows, 501)
})

t.test('what is read at once stays small, whatever the layout', async t => {
  const folder = await makeFolder(t)
  const path = join(folder, 'upstream.json')
  const records = makeRecords(40_000)
  for (const space of [0, 1]) {
    await writeFile(path, JSON.stringify({ data: { data: records } }, null, space))
    const parts: number[] = []
    let bytes = 0
    for await (const part of writeParts(path, folder, new AbortController().signal)) {
      parts.push(part.elements.length)
      bytes = Math.max(bytes, part.elements.reduce((sum, element) => sum + element.length, 0))
      await rm(part.path)
    }
    t.equal(parts.reduce((sum, count) => sum + count), records.length)
    t.ok(bytes < 10e6, `${bytes} bytes at once, ${space} blanks`)
  }
})
