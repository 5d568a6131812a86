import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { hashFile } from '../../src/snapshots/local.js'
import type { SnapshotStore } from '../../src/snapshots/store.js'
import { requestFaults, type DoubleOperation, type Fault } from '../gcs/faults.js'
import { countRequests, findForbidden, makeDoubleKit, objectOf, quickTimings, timingsFor, type DoubleKit } from './gcs-helpers.js'
import { prepare } from './store-contract.js'

const day = '20260101'
const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString()

/** Tells whether the bucket holds one object, with exactly these bytes, and got no request that could harm others. */
async function holds (t: Test, { double }: DoubleKit, store: SnapshotStore, sha256: string): Promise<void> {
  double.clearPlans()
  t.strictSame(double.objects.names, [objectOf(day)])
  const [stored] = await store.list()
  t.equal(stored && await store.read(stored, path => hashFile(path)), sha256)
  t.strictSame(findForbidden(double.requests), [])
}

const struck: [DoubleOperation, Fault][] = [
  ...(['stat', 'upload'] as const).flatMap(operation => requestFaults.map((fault): [DoubleOperation, Fault] => [operation, fault])),
  ['stat', 'truncated body'],
  ['stat', 'stalled body'],
  ['upload', 'truncated body'],
  ['upload', 'stalled body'],
]

for (const [operation, fault] of struck) {
  for (const there of ['nothing', 'an older fetch']) {
    t.test(`a snapshot is published over ${there} although its ${operation} meets: ${fault}`, async t => {
      const kit = await makeDoubleKit(t)
      const store = await kit.open({ timings: timingsFor(fault) })
      if (there !== 'nothing') await store.publish(day, await prepare(kit, 'old', at(1)))
      kit.double.plan({ operation, fault })
      const prepared = await prepare(kit, 'new', at(2))
      t.equal((await store.publish(day, prepared)).outcome, 'published')
      await holds(t, kit, store, prepared.sha256)
    })
  }
}

t.test('faults one after the other, at every request, delay a snapshot and do not lose it', async t => {
  const kit = await makeDoubleKit(t)
  const store = await kit.open({ timings: quickTimings })
  for (const fault of ['reset', '503', '429', 'stall'] as const) {
    kit.double.plan({ operation: 'stat', fault })
    kit.double.plan({ operation: 'upload', fault })
  }
  const prepared = await prepare(kit, 'new')
  t.equal((await store.publish(day, prepared)).outcome, 'published')
  await holds(t, kit, store, prepared.sha256)
})

for (const fault of ['commit-then-reset', 'commit-then-503', 'truncated body'] as const) {
  t.test(`an upload that arrived and whose reply was lost (${fault}) is known by its writeId, and sent once only`, async t => {
    const kit = await makeDoubleKit(t)
    const store = await kit.open({ newId: () => 'mine', timings: timingsFor(fault) })
    kit.double.plan({ operation: 'upload', fault })
    const { outcome, stored } = await store.publish(day, await prepare(kit, 'a'))
    t.equal(outcome, 'published')
    t.equal(countRequests(kit.double.requests)['upload'], 1)
    const object = kit.double.objects.get(objectOf(day))
    t.equal(stored.revision, String(object.generation))
    t.match(object.metadata, { writeId: 'mine', contentSha256: 'a', rows: '1', fetchedAt: at(0), sha256: /^[0-9a-f]{64}$/ })
  })
}

t.test('the same bytes from another writer are no proof of one\'s own upload', async t => {
  const kit = await makeDoubleKit(t)
  const [one, other] = [await kit.open(), await kit.open()]
  const prepared = await prepare(kit, 'a')
  kit.double.plan({ operation: 'upload', fault: () => other.publish(day, prepared) })
  t.equal((await one.publish(day, prepared)).outcome, 'unchanged')
  await holds(t, kit, one, prepared.sha256)
})

t.test('an older fetch never replaces a newer one that arrives between its look and its upload', async t => {
  const kit = await makeDoubleKit(t)
  const [slow, fast] = [await kit.open(), await kit.open()]
  await slow.publish(day, await prepare(kit, 'first', at(1)))
  const newer = await prepare(kit, 'newer', at(3))
  kit.double.plan({ operation: 'upload', fault: () => fast.publish(day, newer) })
  t.equal((await slow.publish(day, await prepare(kit, 'older', at(2)))).outcome, 'superseded')
  await holds(t, kit, slow, newer.sha256)
})

t.test('a newer fetch replaces an older one that arrives between its look and its upload', async t => {
  const kit = await makeDoubleKit(t)
  const [slow, fast] = [await kit.open(), await kit.open()]
  const older = await prepare(kit, 'older', at(2))
  kit.double.plan({ operation: 'upload', fault: () => fast.publish(day, older) })
  const newer = await prepare(kit, 'newer', at(3))
  t.equal((await slow.publish(day, newer)).outcome, 'published')
  await holds(t, kit, slow, newer.sha256)
})

t.test('an upload that was given up and arrives late harms nobody', async t => {
  const kit = await makeDoubleKit(t)
  const store = await kit.open({ timings: quickTimings })
  let late: Promise<unknown> | undefined
  kit.double.plan({ operation: 'upload', fault: () => { late = delay(500); return late } })
  const prepared = await prepare(kit, 'a')
  const { outcome, stored } = await store.publish(day, prepared)
  t.equal(outcome, 'published')
  await late
  await delay(50)
  t.equal(String(kit.double.objects.get(objectOf(day)).generation), stored.revision)
  await holds(t, kit, store, prepared.sha256)
})

t.test('past the deadline the outcome is unknown, and said so', async t => {
  const kit = await makeDoubleKit(t)
  let time = 0
  const store = await kit.open({ timings: { backoffMs: 1, publishMs: 1000 }, now: () => { time += 100; return time } })
  kit.double.plan({ operation: 'upload', fault: '503', times: Infinity })
  const prepared = await prepare(kit, 'a')
  await t.rejects(store.publish(day, prepared), { code: 'OSH_PUBLISH_UNKNOWN', status: 504, message: /may or may not be/ })
  t.strictSame(kit.double.objects.names, [])
  kit.double.clearPlans()
  t.equal((await store.publish(day, prepared)).outcome, 'published', 'a later run publishes')
})

t.test('an upload that arrived, and no look at it since: unknown, and a later run finds it', async t => {
  const kit = await makeDoubleKit(t)
  const store = await kit.open({ timings: { backoffMs: 1, publishMs: 100 } })
  kit.double.plan({ operation: 'upload', fault: 'commit-then-reset' })
  kit.double.plan({ operation: 'stat', fault: '503', after: 1, times: Infinity })
  const prepared = await prepare(kit, 'a')
  await t.rejects(store.publish(day, prepared), { code: 'OSH_PUBLISH_UNKNOWN' })
  kit.double.clearPlans()
  t.equal((await store.publish(day, prepared)).outcome, 'unchanged')
  await holds(t, kit, store, prepared.sha256)
})

t.test('an upload that may have arrived, and a permission that is taken away since: unknown', async t => {
  const kit = await makeDoubleKit(t)
  const store = await kit.open()
  kit.double.plan({ operation: 'upload', fault: 'commit-then-503' })
  kit.double.plan({ operation: 'stat', fault: { status: 403, message: 'Forbidden' }, after: 1, times: Infinity })
  await t.rejects(store.publish(day, await prepare(kit, 'a')), { code: 'OSH_PUBLISH_UNKNOWN' })
})

t.test('where no upload was ever sent, nothing was published, and that is said', async t => {
  const kit = await makeDoubleKit(t)
  const store = await kit.open({ timings: { backoffMs: 1, publishMs: 100 } })
  kit.double.plan({ operation: 'stat', fault: '503', times: Infinity })
  await t.rejects(store.publish(day, await prepare(kit, 'a')), { code: 'OSH_STORE_FAILED', message: /gs:\/\/bucket answers 503/ })
  await kit.double.close()
  await t.rejects(store.publish(day, await prepare(kit, 'a')), { code: 'OSH_STORE_FAILED', message: /gs:\/\/bucket does not answer/ })
})

const refusals = [
  ['upload', 'nothing', 'Forbidden', 'storage.objects.create'],
  ['upload', 'an older fetch', 'Forbidden', 'storage.objects.delete'],
  ['upload', 'an older fetch', 'x@y does not have storage.objects.create access to the object.', 'storage.objects.create'],
  ['stat', 'nothing', 'Forbidden', 'storage.objects.get'],
] as const

for (const [operation, there, message, permission] of refusals) {
  t.test(`a refused ${operation} over ${there} names ${permission} and the bucket, and is not sent again ("${message}")`, async t => {
    const kit = await makeDoubleKit(t)
    const store = await kit.open()
    if (there !== 'nothing') await store.publish(day, await prepare(kit, 'old', at(1)))
    kit.double.requests.length = 0
    kit.double.plan({ operation, fault: { status: 403, message }, times: Infinity })
    await t.rejects(store.publish(day, await prepare(kit, 'new', at(2))), { code: 'OSH_STORE_FAILED', message: `The service's account lacks the permission ${permission} on gs://bucket.` })
    t.equal(countRequests(kit.double.requests)[operation], 1)
  })
}

t.test('an upload that the server refuses as corrupt fails, and deletes nothing', async t => {
  const kit = await makeDoubleKit(t)
  const { objects } = kit.double
  const store = await kit.open()
  await store.publish(day, await prepare(kit, 'a'))
  kit.double.plan({ operation: 'upload', fault: { status: 400, message: 'Provided CRC32C doesn\'t match' } })
  await t.rejects(store.publish(day, await prepare(kit, 'b', at(9))), { code: 'OSH_STORE_FAILED' })
  t.equal(objects.get(objectOf(day)).metadata?.['contentSha256'], 'a')
  t.notOk('delete' in countRequests(kit.double.requests))
})
