import { join } from 'node:path'
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { readRows } from '../../src/duckdb/database.js'
import { dropRelation, loadRelation } from '../../src/duckdb/relation.js'
import { sql } from '../../src/duckdb/sql.js'
import { selectOthers, writeParquet } from '../helpers/parquet.js'
import { makeFolder } from '../helpers/service.js'

/** A record: its id, and the day on which it was updated. */
interface Key {
  id: number | null
  day: number | null
}

const firstDay = Date.UTC(2024, 0, 1)
const timeOf = (day: number) => new Date(firstDay + day * 86_400_000).toISOString()

async function open (t: Test) {
  const instance = await DuckDBInstance.create(':memory:', { threads: '4' })
  t.after(() => instance.closeSync())
  return { connection: await instance.connect(), path: join(await makeFolder(t), 'register.parquet') }
}

/** The place in the file of each plot that was loaded, as its row tells and as they lie in the table. */
async function loadPlaces (connection: DuckDBConnection, path: string) {
  const relation = await loadRelation(connection, path)
  const rows = await readRows(connection, sql`SELECT row, rowid::INTEGER AS place_in_table, lot_no::INTEGER AS place FROM ${sql.id(relation.table)} ORDER BY row`)
  await dropRelation(connection, relation)
  return { relation, places: rows.map(row => row['place']), rows: rows.map(row => row['row']), placesInTable: rows.map(row => row['place_in_table']) }
}

/** Of each id the place of the last update, then of the last place, in order of id. */
function expectPlaces (keys: readonly Key[]): number[] {
  const latest = new Map<number, { place: number, day: number }>()
  for (const [place, { id, day }] of keys.entries()) {
    if (id !== null && (day ?? -1) >= (latest.get(id)?.day ?? -1)) latest.set(id, { place, day: day ?? -1 })
  }
  return [...latest].sort(([a], [b]) => a - b).map(([, { place }]) => place)
}

const key = fc.record({ id: fc.option(fc.integer({ min: 1, max: 60 }), { freq: 8 }), day: fc.option(fc.integer({ min: 0, max: 3 })) })
const byId = (a: Key, b: Key) => (a.id ?? Infinity) - (b.id ?? Infinity) || 0
const files = fc.tuple(fc.array(key, { maxLength: 60 }), fc.constantFrom('as it comes', 'by id', 'by id, but for one'))
  .map(([keys, order]) => {
    if (order === 'as it comes') return keys
    const sorted = [...keys].sort(byId)
    return order === 'by id' ? sorted : [...sorted.slice(1), ...sorted.slice(0, 1)]
  })

t.test('the plots of any file are numbered in order of id, and lie in that order', async t => {
  const { connection, path } = await open(t)
  await fc.assert(fc.asyncProperty(files, async keys => {
    const values = keys.map(({ id, day }, place) => `(${id ?? 'NULL'}::BIGINT, '${place}', ${day === null ? 'NULL' : `'${timeOf(day)}'`}::VARCHAR)`)
    const source = values.length === 0 ? 'SELECT 1::BIGINT, \'\', \'\'' : `VALUES ${values.join()}`
    await connection.run(`COPY (SELECT * FROM (${source}) AS t(entity_smallholder_id, lot_no, updated_at) LIMIT ${keys.length}) TO '${path}' (FORMAT parquet)`)
    const { relation, ...loaded } = await loadPlaces(connection, path)
    const expected = expectPlaces(keys)
    const dense = expected.map((_, row) => row)
    t.strictSame(loaded, { places: expected, rows: dense, placesInTable: dense }, JSON.stringify(keys))
    t.match(relation, { rows: keys.length, plots: expected.length })
  }), { numRuns: 60 })
})

const rows = 150_000
const large = {
  'without duplicates': { ids: 'i', plots: rows },
  'with a duplicate now and then': { ids: 'i - (i % 1000 = 7)::INT', plots: rows - rows / 1000 },
  'with more duplicates than a statement can name': { ids: 'i // 3', plots: rows / 3 },
  'in the opposite order': { ids: `${rows} - i`, plots: rows },
  'in two parts, the second before the first': { ids: `(i + ${rows / 2}) % ${rows}`, plots: rows },
}

for (const [name, { ids, plots }] of Object.entries(large)) {
  t.test(`a large file ${name} is in order too`, async t => {
    const { connection, path } = await open(t)
    await writeParquet(path, selectOthers({ rows, columns: { entity_smallholder_id: `(${ids})::BIGINT` } }))
    const relation = await loadRelation(connection, path)
    t.match(relation, { rows, plots })
    const [counts] = await readRows(connection, sql`
      SELECT count(DISTINCT entity_smallholder_id)::DOUBLE AS ids, bool_and(row = rowid) AS dense, bool_and(id_before IS NULL OR id_before < entity_smallholder_id) AS ascending
      FROM (SELECT *, rowid, lag(entity_smallholder_id) OVER (ORDER BY row) AS id_before FROM ${sql.id(relation.table)})`)
    t.strictSame(counts, { ids: plots, dense: true, ascending: true })
  })
}

t.test('a time or a number that cannot be held is unknown, and the file is loaded', async t => {
  const { connection, path } = await open(t)
  const values = {
    updated_at: ['294247-01-10 04:00:54.775806', 'infinity', 'yesterday', '2024-01-01T00:00:00+08:00', ' 2024-01-01 '],
    planted_area: ['1e999', '-infinity', '1_000', '\u3000+1.5\u00a0', '1.5e0'],
  }
  const choose = (values: readonly string[]) => `[${values.map(value => `'${value}'`).join()}][i + 1]`
  await writeParquet(path, selectOthers({ rows: 5, columns: { updated_at: choose(values.updated_at), planted_area: choose(values.planted_area) } }))
  const { table } = await loadRelation(connection, path)
  const rows = await readRows(connection, sql`SELECT CAST(updated_time AS VARCHAR) AS time, planted_area AS area FROM ${sql.id(table)} ORDER BY row`)
  t.strictSame(rows, [
    { time: null, area: null },
    { time: null, area: null },
    { time: null, area: null },
    { time: '2023-12-31 16:00:00', area: 1.5 },
    { time: '2024-01-01 00:00:00', area: 1.5 },
  ])
})

t.test('further columns may be named like those inside, and like the tables there', async t => {
  const { connection, path } = await open(t)
  const names = ['row', 'ROWID', 'place', 'records', 'keys', 'latest', 'updated_time', 'typed', 'json', 'upstream_name', 'upstream_json', 'scheme']
  const further = Object.fromEntries(names.map(name => [name, `'further ${name}'`]))
  for (const id of ['i', '3 - i']) {
    await writeParquet(path, selectOthers({ rows: 3, columns: { ...further, entity_smallholder_id: `(${id})::BIGINT` } }))
    const { table } = await loadRelation(connection, path)
    const rows = await readRows(connection, sql`SELECT row, entity_smallholder_id::INTEGER AS id, scheme, json LIKE '%further%' AS has_further FROM ${sql.id(table)} ORDER BY row`)
    t.strictSame(rows.map(row => [row['row'], row['scheme'], row['has_further']]), [0, 1, 2].map(row => [row, 'FELDA', false]))
    t.strictSame(rows.map(row => row['id']), id === 'i' ? [0, 1, 2] : [1, 2, 3])
  }
})

t.test('a file with none of upstream\'s columns is loaded, and has no plots', async t => {
  const { connection, path } = await open(t)
  await writeParquet(path, 'SELECT i AS other FROM range(3) AS t(i)')
  t.match(await loadRelation(connection, path), { rows: 3, plots: 0 })
})
