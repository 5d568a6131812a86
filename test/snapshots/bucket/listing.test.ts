import { text } from 'node:stream/consumers'
import t from 'tap'
import { Bucket } from '../../../src/snapshots/gcs-bucket.js'
import { captureLog } from '../../ingest/helpers.js'
import { findForbidden, makeGcsKit, objectOf, urlOf } from '../gcs-helpers.js'
import { prepare } from '../store-contract.js'

const day = '20260101'
const name = 'all-smallholder.parquet'

t.test('what is no snapshot in the bucket is ignored, left alone, and named once in the log', async t => {
  const kit = await makeGcsKit(t)
  const { place } = kit
  const others = [
    `20260230/${name}`, `00000000/${name}`, `2026-01-05/${name}`, `202601055/${name}`, `latest/${name}`, 'readme.txt', '20260106',
    '20260107/other.parquet', `20260108/${name}.tmp`, `20260109/${name.toUpperCase()}`, `.hidden/${name}`, `deep/20260110/${name}`,
  ]
  for (const other of [...others.map(path => `snapshots/${path}`), 'snapshots/', `20260111/${name}`, `snapshots2/20260112/${name}`]) {
    await place.put(other, Buffer.from('x'))
  }
  const { log, lines } = captureLog('info')
  const store = await kit.open({ log })
  const before = await place.names()
  t.strictSame(await store.list(), [])
  const { stored } = await store.publish('20260107', await prepare(kit, 'a'))
  for (let count = 0; count < 3; count++) t.strictSame(await store.list(), [stored])
  t.strictSame(await place.names(), [...before, objectOf('20260107')].sort())
  t.equal(lines.length, 1)
  const { count, objects } = JSON.parse(lines[0] ?? '')
  t.equal(count, 12)
  for (const known of ['snapshots/readme.txt', 'snapshots/20260106', 'snapshots/latest/', 'snapshots/deep/', `snapshots/20260107/ (without ${name})`]) t.ok(objects.includes(`${place.root}${known}`), known)
  if (kit.double !== undefined) t.strictSame(findForbidden(kit.double.requests), [])
})

t.test('days beyond one page of the listing are listed too, each once', async t => {
  const kit = await makeGcsKit(t)
  const days = Array.from({ length: 1005 }, (_, index) => new Date(Date.UTC(2023, 0, 1 + index)).toISOString().slice(0, 10).replaceAll('-', ''))
  for (let index = 0; index < days.length; index += 20) {
    await Promise.all(days.slice(index, index + 20).map(day => kit.place.put(objectOf(day), Buffer.from('x'))))
  }
  t.strictSame((await (await kit.open()).list()).map(stored => stored.day), days.toReversed())
})

for (const ending of ['/', '/a/b', '/a/b/']) {
  t.test(`a folder's URL that ends in ${ending} is a place for snapshots of its own`, async t => {
    const kit = await makeGcsKit(t)
    const other = await (await kit.open()).publish(day, await prepare(kit, 'other'))
    const store = await kit.open({ url: `${urlOf(kit.place)}2${ending}` })
    t.strictSame(await store.list(), [])
    const { stored } = await store.publish(day, await prepare(kit, 'a'))
    t.strictSame(await store.list(), [stored])
    t.strictSame(await (await kit.open()).list(), [other.stored])
    t.strictSame(await kit.place.names(), [objectOf(day), `snapshots2${ending.replace(/\/$/, '')}/${day}/${name}`])
  })
}

t.test('a generation is read while it is the object, and no longer', async t => {
  const kit = await makeGcsKit(t)
  const bucket = new Bucket({ name: kit.place.bucket, endpoint: kit.place.endpoint, requestMs: 30_000 })
  const object = `${kit.place.root}${objectOf(day)}`
  const read = async (generation: string) => await text(bucket.read(object, generation, new AbortController().signal))
  await kit.place.put(objectOf(day), Buffer.from('first'))
  const first = (await kit.place.get(objectOf(day))).generation
  t.equal(await read(first), 'first')
  await kit.place.put(objectOf(day), Buffer.from('second'))
  const second = (await kit.place.get(objectOf(day))).generation
  t.equal(await read(second), 'second')
  await t.rejects(read(first), { name: 'BucketError', status: 404 })
  t.equal(await bucket.stat(object, first), undefined)
  t.match(await bucket.stat(object, second), { generation: second, size: '6' })
})
