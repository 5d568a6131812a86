import { join } from 'node:path'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { Database } from '../../src/duckdb/database.js'
import { loadRelation } from '../../src/duckdb/relation.js'
import { sql, type Sql } from '../../src/duckdb/sql.js'
import { parsePlotsQuery } from '../../src/query/page.js'
import { Reader } from '../../src/query/reader.js'
import { asJson } from '../../src/query/result.js'
import { selectOthers, writeParquet } from '../helpers/parquet.js'
import { until } from '../ingest/helpers.js'
import { makeFolder } from '../helpers/service.js'

const plots = 6000
// Few values, so that most plots are equal by any of them.
const columns = { name: '(i * 7919 % 13)::VARCHAR', certified_area: '(i * 31 % 40 / 4.0)::VARCHAR', stateId: '(i % 16 + 1)::BIGINT' }

async function openReader (t: Test, { queueLimit = 100, rows = plots } = {}) {
  const folder = await makeFolder(t)
  const database = await Database.open({ memoryLimit: '500MB', threads: 2, concurrency: 1, queueLimit, timeoutMs: 10_000, directories: [folder], temporaryDirectory: join(folder, 'spill') })
  t.after(() => database.close())
  const path = join(folder, 'plots.parquet')
  await writeParquet(path, selectOthers({ rows, columns }))
  const relation = await database.session(connection => loadRelation(connection, path))
  return { database, relation, reader: new Reader(database) }
}

/** The statements that the engine is asked from now on. */
function watch (database: Database): Sql[] {
  const statements: Sql[] = []
  const ask = database.ask.bind(database)
  database.ask = async (work, options) => await ask(async ({ read, readIntegers }) => await work({
    read: async statement => { statements.push(statement); return await read(statement) },
    readIntegers: async statement => { statements.push(statement); return await readIntegers(statement) },
  }), options)
  return statements
}

async function collect (pieces: AsyncIterable<Buffer>): Promise<string> {
  const all: Buffer[] = []
  for await (const piece of pieces) all.push(piece)
  return Buffer.concat(all).toString()
}

const query = fc.record({
  sort: fc.constantFrom('name', '-certified_area,name', 'stateId,-name', '-entity_smallholder_id'),
  state: fc.constantFrom('1', '2,3,16', '5'),
  fields: fc.constant('entity_smallholder_id'),
}, { requiredKeys: ['fields'] })
const ranges = fc.record({ offset: fc.integer({ min: 0, max: plots + 10 }), limit: fc.integer({ min: 1, max: plots }) })

t.test('any page and any pieces are what one SELECT gives', async t => {
  const { database, relation, reader } = await openReader(t)
  await fc.assert(fc.asyncProperty(query, ranges, async (query, range) => {
    const result = parsePlotsQuery(query)
    const text = asJson(result)
    const rows = (await database.query(result.select(sql`${text.item} AS item`)(relation))).map(row => String(row['item']))
    const expected = rows.slice(range.offset, range.offset + range.limit).join()
    t.equal((await reader.readPage(relation, result, text, range)).items, expected)
    t.equal(await collect(reader.readPieces(relation, result, text, range)), expected)
    t.equal((await reader.readPage(relation, result, text, range)).total, rows.length)
  }), { numRuns: 20 })
})

t.test('a walk over pages looks for its plots once, and another one with the same sort does not sort again', async t => {
  const { database, relation, reader } = await openReader(t)
  const statements = watch(database)
  const walk = async (state: string) => {
    const result = parsePlotsQuery({ sort: 'name', state })
    for (let offset = 0; offset < 300; offset += 100) await reader.readPage(relation, result, asJson(result), { offset, limit: 100 })
    return statements.splice(0).map(({ sql }) => /json/.test(sql) ? 'fetch' : /ORDER BY/.test(sql) ? 'sort' : 'find')
  }
  t.strictSame(await walk('1'), ['sort', 'find', 'fetch', 'fetch', 'fetch'])
  t.strictSame(await walk('2'), ['find', 'fetch', 'fetch', 'fetch'])
})

t.test('a whole result that has begun goes on although the queue is full, and one that has not is refused', async t => {
  const { relation, reader, database } = await openReader(t, { queueLimit: 0 })
  const result = parsePlotsQuery({})
  const pieces = reader.readPieces(relation, result, asJson(result))
  const first = await pieces.next()
  await until(() => database.running === 0)
  const busy = database.query(sql`SELECT sum(hash(range)) FROM range(20000000)`)
  await t.rejects(reader.readPieces(relation, result, asJson(result)).next(), { code: 'OSH_OVERLOADED' })
  t.equal(JSON.parse(`[${first.value}${await collect(pieces)}]`).length, plots)
  await busy
})

t.test('a register that the engine loads on several threads is in the order of ids, and so are its pages', async t => {
  const { database, relation, reader } = await openReader(t, { rows: 130_000 })
  const [found] = await database.query(sql`SELECT count(*)::DOUBLE AS misplaced FROM ${sql.id(relation.table)} WHERE rowid <> row`)
  t.equal(found?.['misplaced'], 0)
  // A list this long makes the engine find the rows in another order.
  const result = parsePlotsQuery({ state: Array.from({ length: 16 }, (_, index) => index + 1).join(), fields: 'entity_smallholder_id' })
  const { items, total } = await reader.readPage(relation, result, asJson(result), { offset: 0, limit: 130_000 })
  const ids = JSON.parse(`[${items}]`).map((plot: { entity_smallholder_id: number }) => plot.entity_smallholder_id)
  t.equal(total, 130_000)
  t.strictSame(ids.slice(0, 3), [1000, 1001, 1002])
  t.ok(ids.every((id: number, index: number) => index === 0 || id > ids[index - 1]))
})
