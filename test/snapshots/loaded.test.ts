import { join } from 'node:path'
import t, { type Test } from 'tap'
import { sql } from '../../src/duckdb/sql.js'
import { readRows } from '../../src/duckdb/database.js'
import { LoadedSnapshots, type Lease } from '../../src/snapshots/loaded.js'
import type { SnapshotStore, StoredSnapshot } from '../../src/snapshots/store.js'
import { until } from '../ingest/helpers.js'
import { placeSnapshot, selectOthers } from '../helpers/parquet.js'
import { makeLocalKit } from './local-helpers.js'

const tables = sql`SELECT count(*)::INTEGER AS tables FROM duckdb_tables() WHERE NOT internal`

/** Snapshots of so many days, the latest last, with room in memory for so many besides the pinned one. */
async function prepareDays (t: Test, count: number, room: number) {
  const kit = await makeLocalKit(t)
  for (let day = 1; day <= count; day++) await placeSnapshot(kit.folder, `2026010${day}`, selectOthers({ rows: 50, columns: { name: `'day ${day}'` } }))
  const store = await kit.open()
  const days = (await store.list()).reverse()
  const reads: string[] = []
  const watched: SnapshotStore = {
    url: store.url,
    list: () => store.list(),
    publish: (day, prepared) => store.publish(day, prepared),
    read: async (stored, use) => {
      reads.push(stored.day)
      return await store.read(stored, use)
    },
  }
  const measured = new LoadedSnapshots({ store, database: kit.database, memoryBytes: 1e9 })
  const first = await measured.acquire(days[0] ?? fail())
  const loaded = new LoadedSnapshots({ store: watched, database: kit.database, memoryBytes: Math.floor(first.relation.sizeBytes * (room + 0.5)) })
  const countTables = async () => Number((await kit.database.query(tables))[0]?.['tables']) - 1
  return { kit, days, reads, loaded, countTables, day: (day: number): StoredSnapshot => days[day - 1] ?? fail() }
}

const fail = (): never => { throw new Error('no such day') }

t.test('a day is loaded once, however many ask for it at the same time', async t => {
  const { loaded, reads, day, countTables } = await prepareDays(t, 2, 2)
  const leases = await Promise.all([1, 1, 1, 2, 2].map(number => loaded.acquire(day(number))))
  t.strictSame(reads.sort(), ['20260101', '20260102'])
  t.equal(new Set(leases.map(({ relation }) => relation.table)).size, 2)
  for (const lease of leases) lease.release()
  t.equal(await countTables(), 2)
})

t.test('the day that was used least recently leaves first', async t => {
  const { loaded, reads, day, countTables } = await prepareDays(t, 3, 2)
  const use = async (number: number) => (await loaded.acquire(day(number))).release()
  for (const number of [1, 2, 1, 3]) await use(number)
  await until(async () => await countTables() === 2)
  await use(1)
  t.equal(reads.length, 3, 'the first day is still there')
  await use(2)
  t.equal(reads.length, 4, 'the second had left')
})

t.test('a replaced revision of the latest day leaves at once, the day before stays', async t => {
  const { kit, loaded, day, countTables } = await prepareDays(t, 2, 5)
  await loaded.pin(day(1))
  await loaded.pin(day(2))
  t.equal(await countTables(), 2)
  await placeSnapshot(kit.folder, day(2).day, selectOthers({ rows: 51 }))
  const replaced = (await (await kit.open()).list())[0] ?? fail()
  t.match(replaced, { day: day(2).day })
  await loaded.pin(replaced)
  await until(async () => await countTables() === 2)
  await loaded.pin(replaced)
  t.equal(await countTables(), 2)
})

t.test('a day that leaves while it is used stays until the use ends', async t => {
  const { kit, loaded, day, countTables } = await prepareDays(t, 3, 1)
  const lease = await loaded.acquire(day(1))
  for (const number of [2, 3]) (await loaded.acquire(day(number))).release()
  const [row] = await kit.database.query(sql`SELECT name FROM ${sql.id(lease.relation.table)} LIMIT 1`)
  t.equal(row?.['name'], 'day 1')
  const again = await loaded.acquire(day(1))
  lease.release()
  lease.release()
  again.release()
  await until(async () => await countTables() === 1)
})

t.test('a day that is larger than the whole room is served, and leaves at once', async t => {
  const { kit, loaded, day, countTables } = await prepareDays(t, 1, 0)
  const lease = await loaded.acquire(day(1))
  t.equal((await kit.database.query(sql`SELECT name FROM ${sql.id(lease.relation.table)} LIMIT 1`))[0]?.['name'], 'day 1')
  lease.release()
  await until(async () => await countTables() === 0)
})

t.test('the pinned day stays, whatever else is used, and goes the way of others once another is pinned', async t => {
  const { loaded, reads, day, countTables } = await prepareDays(t, 4, 1)
  await loaded.pin(day(1))
  for (const number of [2, 3, 2, 3]) (await loaded.acquire(day(number))).release()
  reads.length = 0
  ;(await loaded.acquire(day(1))).release()
  t.strictSame(reads, [])
  await loaded.pin(day(4))
  await until(async () => await countTables() === 2)
  ;(await loaded.acquire(day(1))).release()
  t.strictSame(reads, ['20260104'])
})

t.test('a file that cannot be read fails for those who asked, and is tried again later', async t => {
  const { kit, loaded, day, reads } = await prepareDays(t, 1, 1)
  const path = join(kit.folder, '20260101', 'all-smallholder.parquet')
  await kit.tamper('20260101', Buffer.from('corrupt'))
  const store = await kit.open()
  const [corrupt = fail()] = await store.list()
  const results = await Promise.allSettled([loaded.acquire(corrupt), loaded.acquire(corrupt), loaded.acquire(day(1))])
  t.strictSame(results.map(({ status }) => status), ['rejected', 'rejected', 'rejected'])
  t.equal(reads.length, 2)
  await placeSnapshot(kit.folder, '20260101', selectOthers())
  const [repaired = fail()] = await store.list()
  const lease: Lease = await loaded.acquire(repaired)
  t.equal(lease.relation.rows, 3, path)
})

t.test('random uses leave no table behind that is neither used nor within the room', async t => {
  const { kit, loaded, day, countTables } = await prepareDays(t, 5, 2)
  const use = async (turn: number) => {
    const number = turn * 7 % 5 + 1
    if (turn % 11 === 0) await loaded.pin(day(number))
    const lease = await loaded.acquire(day(number))
    const rows = await kit.database.session(connection => readRows(connection, sql`SELECT DISTINCT name FROM ${sql.id(lease.relation.table)}`))
    lease.release()
    return rows[0]?.['name'] === `day ${number}`
  }
  for (let round = 0; round < 10; round++) {
    const right = await Promise.all(Array.from({ length: 10 }, (_, index) => use(round * 10 + index * index)))
    t.ok(right.every(Boolean))
  }
  await until(async () => await countTables() <= 3)
})
