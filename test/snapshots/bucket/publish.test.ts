import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import t from 'tap'
import { Bucket } from '../../../src/snapshots/gcs-bucket.js'
import { hashFile } from '../../../src/snapshots/local.js'
import { idOf } from '../../../src/snapshots/store.js'
import { crc32cOf } from '../../gcs/objects.js'
import { countRequests, findForbidden, makeGcsKit, objectOf, type GcsKit } from '../gcs-helpers.js'
import { prepare } from '../store-contract.js'

const day = '20260101'
const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString()

/** The few requests of the service, without its protocol. */
function openBucket ({ place: { bucket, endpoint } }: GcsKit): Bucket {
  return new Bucket({ name: bucket, endpoint, requestMs: 30_000 })
}

const uploadOf = (text: string, ifGenerationMatch: string) => {
  const bytes = Buffer.from(text)
  return { bytes, ifGenerationMatch, crc32c: crc32cOf(bytes), metadata: {} }
}

t.test('a published object tells what it is and who wrote it, and its generation is the revision', async t => {
  const kit = await makeGcsKit(t)
  const { stored } = await (await kit.open({ newId: () => 'mine' })).publish(day, await prepare(kit, 'a'))
  const { generation, metadata } = await kit.place.get(objectOf(day))
  t.equal(stored.revision, generation)
  t.match(metadata, { writeId: 'mine', contentSha256: 'a', rows: '1', fetchedAt: at(0), sha256: /^[0-9a-f]{64}$/ })
})

for (const count of [2, 3]) {
  for (const contents of ['the same content', 'different contents']) {
    t.test(`of ${count} writers at once with ${contents}, all end with the one newest object, faults or not`, async t => {
      const kit = await makeGcsKit(t)
      for (const [index, fault] of (['commit-then-reset', '503', 'reset', 'commit-then-503'] as const).entries()) kit.double?.plan({ operation: 'upload', fault, after: index })
      const seconds = Array.from({ length: count }, (_, index) => index + 1)
      const stores = await Promise.all(seconds.map(() => kit.open()))
      const prepared = await Promise.all(seconds.map(second => prepare(kit, contents === 'the same content' ? 'same' : `content ${second}`, at(second))))
      const publications = await Promise.all(prepared.map((snapshot, index) => stores[index]?.publish(day, snapshot)))
      kit.double?.clearPlans()
      const lists = await Promise.all(stores.map(async store => (await store.list()).map(idOf)))
      t.equal(new Set(lists.map(String)).size, 1, 'all see the same revision')
      t.strictSame(await kit.place.names(), [objectOf(day)])
      const outcomes = publications.map(publication => publication?.outcome)
      if (contents === 'the same content') {
        t.strictSame(outcomes.toSorted(), ['published', ...Array.from({ length: count - 1 }, () => 'unchanged')])
      } else {
        t.equal(outcomes.at(-1), 'published')
        t.equal((await kit.place.get(objectOf(day))).metadata['fetchedAt'], at(count))
      }
      if (kit.double !== undefined) t.strictSame(findForbidden(kit.double.requests), [])
    })
  }
}

t.test('an upload over another generation than the expected one changes nothing', async t => {
  const kit = await makeGcsKit(t)
  const bucket = openBucket(kit)
  const name = `${kit.place.root}${objectOf(day)}`
  const first = await bucket.upload(name, uploadOf('first', '0'))
  await t.rejects(bucket.upload(name, uploadOf('again', '0')), { name: 'BucketError', status: 412 })
  const second = await bucket.upload(name, uploadOf('second', first.generation))
  t.ok(BigInt(second.generation) > BigInt(first.generation))
  await t.rejects(bucket.upload(name, uploadOf('late', first.generation)), { name: 'BucketError', status: 412 })
  await kit.place.remove(objectOf(day))
  await t.rejects(bucket.upload(name, uploadOf('late', second.generation)), { name: 'BucketError', status: 412 })
  t.equal(await bucket.stat(name), undefined)
})

t.test('bytes that change on their way up are refused by the server and not stored', async t => {
  const kit = await makeGcsKit(t)
  const name = `${kit.place.root}${objectOf(day)}`
  await t.rejects(openBucket(kit).upload(name, { ...uploadOf('b', '0'), crc32c: crc32cOf(Buffer.from('a')) }), { name: 'BucketError', status: 400 })
  t.strictSame(await kit.place.names(), [])
  const store = await kit.open()
  const { stored } = await store.publish(day, await prepare(kit, 'a'))
  await t.rejects(openBucket(kit).upload(name, { ...uploadOf('b', stored.revision), crc32c: crc32cOf(Buffer.from('a')) }), { name: 'BucketError', status: 400 })
  t.equal((await kit.place.get(objectOf(day))).generation, stored.revision)
  if (kit.double !== undefined) t.notOk('delete' in countRequests(kit.double.requests))
})

t.test('a file of the old scraper is read as it is, and a fetch of ours replaces it', async t => {
  const kit = await makeGcsKit(t)
  const { path, sha256 } = await prepare(kit, 'theirs')
  await kit.tamper(day, await readFile(path))
  const store = await kit.open()
  const [theirs] = await store.list()
  t.equal(theirs && await store.read(theirs, copy => hashFile(copy)), sha256)
  const mine = await prepare(kit, 'mine', at(-1e6))
  const { outcome, stored } = await store.publish(day, mine)
  t.equal(outcome, 'published')
  t.strictSame(await store.list(), [stored])
  t.equal(await store.read(stored, copy => hashFile(copy)), mine.sha256)
})

t.test('a bucket that is not there is named', async t => {
  const kit = await makeGcsKit(t)
  // A name that nobody else can have taken.
  const name = `osh-test-${randomUUID()}`
  const store = await kit.open({ url: `gs://${name}/snapshots` })
  const named = { code: 'OSH_STORE_FAILED', message: `There is no bucket gs://${name}.` }
  await t.rejects(store.list(), named)
  await t.rejects(store.publish(day, await prepare(kit, 'a')), named)
})
