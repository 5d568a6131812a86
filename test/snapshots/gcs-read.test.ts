import { readFile } from 'node:fs/promises'
import t from 'tap'
import { hashFile } from '../../src/snapshots/local.js'
import { SnapshotGoneError } from '../../src/snapshots/store.js'
import { startGcsDouble } from '../gcs-double.js'
import { bodyFaults, requestFaults } from '../gcs/faults.js'
import { captureLog } from '../ingest/helpers.js'
import { listFiles } from '../helpers/parquet.js'
import { countRequests, findForbidden, isEndedByTime, makeDoubleKit, objectOf, quickTimings, timingsFor } from './gcs-helpers.js'
import { prepare } from './store-contract.js'

const day = '20260101'
const name = 'all-smallholder.parquet'
const anything = { ifGenerationMatch: null }

for (const fault of [...requestFaults, ...bodyFaults]) {
  t.test(`a snapshot is read whole although its download meets: ${fault}`, async t => {
    const kit = await makeDoubleKit(t)
    const prepared = await prepare(kit, 'a')
    const { stored } = await (await kit.open()).publish(day, prepared)
    kit.double.plan({ operation: 'download', fault })
    t.equal(await (await kit.open({ cacheName: 'mine', timings: timingsFor(fault) })).read(stored, path => hashFile(path)), prepared.sha256)
    if (!isEndedByTime(fault)) t.equal(countRequests(kit.double.requests)['download'], 2)
    t.strictSame(await listFiles(kit.cacheFolder('mine')), [`${day}.${stored.revision}.parquet`], 'and nothing else stays in the cache')
  })
}

for (const fault of ['flipped byte', 'flipped byte behind a proxy', 'wrong crc32c'] as const) {
  t.test(`a file that comes corrupt twice (${fault}) is not read, and was fetched once more only`, async t => {
    const kit = await makeDoubleKit(t)
    const { stored } = await (await kit.open()).publish(day, await prepare(kit, 'a'))
    kit.double.plan({ operation: 'download', fault, times: Infinity })
    await t.rejects((await kit.open({ cacheName: 'mine' })).read(stored, async () => t.fail('read')), { name: 'MismatchError' })
    t.equal(countRequests(kit.double.requests)['download'], 2)
    t.strictSame(await listFiles(kit.cacheFolder('mine')), [])
  })

  t.test(`a file of the old scraper, which has only a crc32c, is checked too (${fault})`, async t => {
    const kit = await makeDoubleKit(t)
    const { path, sha256 } = await prepare(kit, 'a')
    kit.double.objects.insert(objectOf(day), await readFile(path), {}, anything)
    const store = await kit.open()
    const [stored] = await store.list()
    kit.double.plan({ operation: 'download', fault })
    t.equal(stored && await store.read(stored, copy => hashFile(copy)), sha256)
    t.equal(countRequests(kit.double.requests)['download'], 2)
  })
}

t.test('a download that stalls every time ends, and the store is named', async t => {
  const kit = await makeDoubleKit(t)
  const { stored } = await (await kit.open()).publish(day, await prepare(kit, 'a'))
  kit.double.plan({ operation: 'download', fault: 'stalled body', times: Infinity })
  await t.rejects((await kit.open({ timings: { ...quickTimings, requestMs: 5000, stallMs: 50 } })).read(stored, async () => t.fail('read')), { code: 'OSH_STORE_FAILED' })
  t.equal(countRequests(kit.double.requests)['download'], 3)
})

t.test('a download that goes on for too long ends, whatever comes', async t => {
  const kit = await makeDoubleKit(t)
  const { stored } = await (await kit.open()).publish(day, await prepare(kit, 'a'))
  kit.double.plan({ operation: 'download', fault: 'stalled body', times: Infinity })
  await t.rejects((await kit.open({ timings: { ...quickTimings, stallMs: 60_000, downloadMs: 50 } })).read(stored, async () => t.fail('read')), { code: 'OSH_STORE_FAILED' })
})

t.test('a generation that is replaced between the look and the download is gone', async t => {
  const kit = await makeDoubleKit(t)
  const store = await kit.open()
  const { stored } = await store.publish(day, await prepare(kit, 'a'))
  kit.double.plan({ operation: 'download', fault: async () => kit.double.objects.insert(objectOf(day), Buffer.from('b'), {}, anything) })
  await t.rejects(store.read(stored, async () => t.fail('read')), SnapshotGoneError)
})

t.test('a copy that was checked is read though the bucket does not answer; another is not', async t => {
  const kit = await makeDoubleKit(t)
  const store = await kit.open({ cacheName: 'shared' })
  const prepared = await prepare(kit, 'a')
  const { stored } = await store.publish(day, prepared)
  await store.read(stored, path => hashFile(path))
  await kit.double.close()
  t.equal(await store.read(stored, path => hashFile(path)), prepared.sha256)
  await t.rejects((await kit.open({ cacheName: 'shared' })).read(stored, async () => t.fail('read')), { code: 'OSH_STORE_FAILED', message: /does not answer/ })
})

for (const fault of [...requestFaults, 'truncated body', 'stalled body'] as const) {
  t.test(`the days are listed although the listing meets: ${fault}`, async t => {
    const kit = await makeDoubleKit(t)
    const store = await kit.open({ timings: timingsFor(fault) })
    const { stored } = await store.publish(day, await prepare(kit, 'a'))
    kit.double.plan({ operation: 'list', fault })
    t.strictSame(await store.list(), [stored])
  })
}

t.test('a bucket that does not answer fails the listing, soon', async t => {
  const kit = await makeDoubleKit(t)
  const store = await kit.open()
  kit.double.plan({ operation: 'list', fault: '503', times: Infinity })
  await t.rejects(store.list(), { code: 'OSH_STORE_FAILED', message: 'gs://bucket answers 503 to storage.objects.list.' })
  kit.double.clearPlans()
  kit.double.plan({ operation: 'list', fault: { status: 403, message: 'no' } })
  await t.rejects(store.list(), { message: 'The service\'s account lacks the permission storage.objects.list on gs://bucket.' })
  await kit.double.close()
  await t.rejects(store.list(), { code: 'OSH_STORE_FAILED', message: 'gs://bucket does not answer to storage.objects.list.' })
})

t.test('a server that ignores matchGlob adds nothing to the days', async t => {
  const kit = await makeDoubleKit(t)
  for (const other of [`20260109/${name.toUpperCase()}`, `20260110/${name.replaceAll('l', 'x')}`, 'readme.txt']) kit.double.objects.insert(`snapshots/${other}`, Buffer.from('x'), {}, anything)
  const store = await kit.open()
  const { stored } = await store.publish(day, await prepare(kit, 'a'))
  kit.double.plan({ operation: 'list', fault: 'ignored matchGlob' })
  t.strictSame(await store.list(), [stored])
})

t.test('ten years of days are listed in four requests, of four fields each', async t => {
  const kit = await makeDoubleKit(t)
  for (let index = 0; index < 3650; index++) {
    const date = new Date(Date.UTC(2020, 0, 1 + index)).toISOString().slice(0, 10).replaceAll('-', '')
    kit.double.objects.insert(objectOf(date), Buffer.from('x'), { metadata: { much: 'x'.repeat(100) } }, anything)
  }
  const store = await kit.open()
  await store.list()
  kit.double.requests.length = 0
  const days = (await store.list()).map(stored => stored.day)
  t.equal(days.length, 3650)
  t.strictSame(days, days.toSorted().reverse())
  t.strictSame(countRequests(kit.double.requests), { list: 4 })
  t.equal(kit.double.requests[0]?.query['fields'], 'items(name,generation,size,timeCreated),prefixes,nextPageToken')
})

t.test('a failed look for what is no snapshot fails no listing and is made again', async t => {
  const kit = await makeDoubleKit(t)
  kit.double.objects.insert('snapshots/readme.txt', Buffer.from('x'), {}, anything)
  const { log, lines } = captureLog('warn')
  const store = await kit.open({ log })
  kit.double.plan({ operation: 'list', fault: '503', after: 1 })
  t.strictSame(await store.list(), [])
  t.equal(lines.length, 0)
  await store.list()
  t.equal(lines.length, 1)
})

for (const url of ['gs://bucket', 'gs://bucket/']) {
  t.test(`${url} keeps the snapshots at the bucket's root`, async t => {
    const kit = await makeDoubleKit(t)
    const store = await kit.open({ url })
    const { stored } = await store.publish(day, await prepare(kit, 'a'))
    t.strictSame(await store.list(), [stored])
    t.strictSame(kit.double.objects.names, [`${day}/${name}`])
  })
}

t.test('the double answers 501 to what it does not know, so that drift is loud', async t => {
  const double = await startGcsDouble()
  t.after(() => double.close())
  for (const [method, path] of [['POST', '/upload/storage/v1/b/bucket/o?uploadType=resumable&name=x'], ['PATCH', '/storage/v1/b/bucket/o/x'], ['GET', '/storage/v1/b/bucket']] as const) {
    t.equal((await fetch(`${double.url}${path}`, { method })).status, 501)
  }
  t.equal(findForbidden(double.requests).length, 3)
})
