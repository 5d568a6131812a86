import type { Test as Tap } from 'tap'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Database } from '../../src/duckdb/database.js'
import type { SnapshotFacts } from '../../schemas/snapshot.js'
import { hashFile } from '../../src/snapshots/local.js'
import { idOf, SnapshotGoneError, type PreparedSnapshot, type SnapshotStore } from '../../src/snapshots/store.js'
import { ParquetWriter } from '../../src/duckdb/parquet.js'
import { upstreamColumns } from '../../schemas/upstream.js'

/** What the contract needs of a store: a fresh one, and more that look at the same place. */
export interface StoreKit {
  /** Opens another view of the same place, as another process would have it. */
  open: () => Promise<SnapshotStore>
  database: Database
  /** A folder that the database may write to. */
  scratch: string
  /** Puts bytes where the file of a day is, whatever is there; undefined removes it. */
  tamper: (day: string, bytes: Buffer | undefined) => Promise<void>
}

const quality: SnapshotFacts['quality'] = {
  rows: 1,
  plots: 1,
  duplicates: 0,
  withoutId: 0,
  nulls: {},
  unreadableNumbers: {},
  coordinates: { missing: 0, unreadable: 0, zero: 0, swapped: 0, outside: 0 },
  unknownStatuses: {},
  unknownColumns: [],
  missingColumns: [],
}

let files = 0

/** A whole snapshot file of one row that has the content as its name. */
export async function prepare ({ database, scratch }: Pick<StoreKit, 'database' | 'scratch'>, content: string, fetchedAt = '2026-01-01T00:00:00.000Z'): Promise<PreparedSnapshot> {
  const path = join(scratch, `prepared-${++files}.parquet`)
  const facts: SnapshotFacts = {
    serviceVersion: '0', source: 'test', fetchedAt, bytes: 1, rows: 1, contentSha256: content, converted: 0, unreadable: [], rejects: [], quality,
  }
  await database.session(async connection => {
    const writer = await ParquetWriter.create(connection)
    writer.append({ position: 0, values: upstreamColumns.map(column => column === 'entity_smallholder_id' ? 1n : column === 'name' ? content : null), extras: new Map() })
    writer.finish()
    await writer.write(path, JSON.stringify(facts))
  })
  return { path, sha256: await hashFile(path), facts }
}

const later = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString()

/** What every {@link SnapshotStore} does. Each test gets a kit of its own. */
export function testStoreContract (t: Tap, makeKit: (t: Tap) => Promise<StoreKit>): void {
  const holds = async (store: SnapshotStore, day: string) => {
    const stored = (await store.list()).find(entry => entry.day === day)
    return stored && await store.read(stored, path => hashFile(path))
  }

  t.test('an empty store lists nothing', async t => {
    t.strictSame(await (await (await makeKit(t)).open()).list(), [])
  })

  t.test('what is published can be listed and read, byte for byte', async t => {
    const kit = await makeKit(t)
    const store = await kit.open()
    const prepared = await prepare(kit, 'a')
    const before = Date.now()
    const { outcome, stored } = await store.publish('20260101', prepared)
    t.equal(outcome, 'published')
    t.match(stored, { day: '20260101', revision: /^[A-Za-z0-9-]{1,64}$/, sizeBytes: (await readFile(prepared.path)).byteLength })
    t.ok(Math.abs(stored.publishedAt.getTime() - before) < 60_000)
    t.strictSame(await store.list(), [stored])
    t.strictSame(await (await kit.open()).list(), [stored])
    t.equal(await store.read(stored, path => hashFile(path)), prepared.sha256)
  })

  t.test('days are listed newest first', async t => {
    const kit = await makeKit(t)
    const store = await kit.open()
    for (const day of ['20260102', '20251231', '20260301', '20260103']) await store.publish(day, await prepare(kit, day))
    t.strictSame((await store.list()).map(({ day }) => day), ['20260301', '20260103', '20260102', '20251231'])
  })

  t.test('the same content is unchanged, even from a newer fetch', async t => {
    const kit = await makeKit(t)
    const store = await kit.open()
    const first = await store.publish('20260101', await prepare(kit, 'a', later(1)))
    for (const second of [0, 1, 2]) {
      t.strictSame(await store.publish('20260101', await prepare(kit, 'a', later(second))), { outcome: 'unchanged', stored: first.stored })
    }
    t.strictSame(await store.list(), [first.stored])
  })

  t.test('a newer fetch replaces an older one, and another day\'s snapshot stays', async t => {
    const kit = await makeKit(t)
    const store = await kit.open()
    const other = await store.publish('20260102', await prepare(kit, 'other'))
    const first = await store.publish('20260101', await prepare(kit, 'a', later(1)))
    const replacement = await prepare(kit, 'b', later(2))
    const second = await store.publish('20260101', replacement)
    t.equal(second.outcome, 'published')
    t.not(idOf(second.stored), idOf(first.stored))
    t.strictSame(await store.list(), [other.stored, second.stored])
    t.equal(await holds(store, '20260101'), replacement.sha256)
  })

  t.test('an older fetch, or one of the same moment, never replaces a newer one', async t => {
    const kit = await makeKit(t)
    const store = await kit.open()
    const first = await store.publish('20260101', await prepare(kit, 'a', later(5)))
    for (const second of [4, 5]) {
      t.strictSame(await store.publish('20260101', await prepare(kit, 'b', later(second))), { outcome: 'superseded', stored: first.stored })
    }
    t.strictSame(await store.list(), [first.stored])
  })

  t.test('a revision that has been replaced, or removed, is gone', async t => {
    const kit = await makeKit(t)
    const store = await kit.open()
    const first = await store.publish('20260101', await prepare(kit, 'a', later(1)))
    const second = await store.publish('20260101', await prepare(kit, 'b', later(2)))
    await t.rejects(store.read(first.stored, async () => 'read'), SnapshotGoneError)
    t.equal(await store.read(second.stored, async () => 'read'), 'read')
    await kit.tamper('20260101', undefined)
    await t.rejects(store.read(second.stored, async () => 'read'), SnapshotGoneError)
    t.strictSame(await store.list(), [])
  })

  t.test('a reader gets exactly the revision that it asked for, or none', async t => {
    const kit = await makeKit(t)
    const store = await kit.open()
    const old = await prepare(kit, 'a', later(1))
    const { stored } = await store.publish('20260101', old)
    const replacement = await prepare(kit, 'b', later(2))
    const outcome = await store.read(stored, async path => {
      await store.publish('20260101', replacement)
      return await hashFile(path)
    }).catch((error: unknown) => error instanceof SnapshotGoneError ? 'gone' : String(error))
    t.ok([old.sha256, 'gone'].includes(outcome), outcome)
  })

  t.test('what a reader throws comes through', async t => {
    const kit = await makeKit(t)
    const store = await kit.open()
    const { stored } = await store.publish('20260101', await prepare(kit, 'a'))
    await t.rejects(store.read(stored, async () => { throw new RangeError('mine') }), { name: 'RangeError', message: 'mine' })
  })

  t.test('a file without facts, or a corrupt one, is replaced', async t => {
    const kit = await makeKit(t)
    const store = await kit.open()
    await store.publish('20260101', await prepare(kit, 'a', later(9)))
    for (const bytes of [Buffer.from('corrupt'), Buffer.alloc(0), (await readFile((await prepare(kit, 'x')).path)).subarray(0, 100)]) {
      await kit.tamper('20260101', bytes)
      const prepared = await prepare(kit, 'b', later(1))
      t.equal((await store.publish('20260101', prepared)).outcome, 'published')
      t.equal(await holds(store, '20260101'), prepared.sha256)
    }
  })

  t.test('a prepared file that changed since it was hashed is not published', async t => {
    const kit = await makeKit(t)
    const store = await kit.open()
    const prepared = await prepare(kit, 'a')
    await writeFile(prepared.path, 'something else')
    await t.rejects(store.publish('20260101', prepared), { code: 'OSH_STORE_FAILED' })
    t.strictSame(await store.list(), [])
  })

  t.test('of many writers at the same time the newest fetch wins, and every reader sees whole files', async t => {
    const kit = await makeKit(t)
    const stores = await Promise.all([kit.open(), kit.open()])
    const seconds = Array.from({ length: 10 }, (_, index) => index * 7 % 10)
    const prepared = await Promise.all(seconds.map(second => prepare(kit, `content ${second}`, later(second))))
    const known = new Set(prepared.map(({ sha256 }) => sha256))
    const writing = new AbortController()
    const reading = (async () => {
      while (!writing.signal.aborted) {
        for (const stored of await stores[0].list()) {
          const hash = await stores[0].read(stored, path => hashFile(path)).catch((error: unknown) => error)
          if (!(hash instanceof SnapshotGoneError) && !known.has(String(hash))) throw new Error(`read ${String(hash)}`)
        }
      }
    })()
    const publications = await Promise.all(prepared.map((snapshot, index) => stores[index % 2 === 0 ? 0 : 1].publish('20260101', snapshot)))
    writing.abort()
    await reading
    const newest = prepared[seconds.indexOf(9)]
    t.equal(await holds(stores[1], '20260101'), newest?.sha256)
    t.equal(publications[seconds.indexOf(9)]?.outcome, 'published')
    t.ok(publications.every(({ outcome }) => outcome === 'published' || outcome === 'superseded'))
    const published = publications.filter(({ outcome }) => outcome === 'published').map(({ stored }) => idOf(stored))
    t.equal(new Set(published).size, published.length, 'each has a revision of its own')
  })
}
