import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { IngestSchedule } from '../../src/ingest/schedule.js'
import type { SnapshotStore } from '../../src/snapshots/store.js'
import { startGcsDouble, type GcsDouble } from '../gcs-double.js'
import { startService, type Service, type ServiceSettings } from '../helpers/service.js'
import { captureLog, makeRecords, until } from '../ingest/helpers.js'
import { objectOf } from './gcs-helpers.js'

const records = makeRecords(30)

async function startDouble (t: Test, settings: Parameters<typeof startGcsDouble>[0] = {}): Promise<GcsDouble> {
  const double = await startGcsDouble(settings)
  t.after(() => double.close().catch(() => undefined))
  return double
}

/** The service over the bucket of a double. */
async function startOver (t: Test, double: GcsDouble, { environment = {}, ...settings }: ServiceSettings = {}): Promise<Service> {
  return await startService(t, {
    records,
    ...settings,
    environment: { SNAPSHOT_STORE: 'gs://bucket/snapshots', GCS_ENDPOINT: double.url, SNAPSHOT_REFRESH_SECONDS: '0.1', ...environment },
  })
}

const snapshotOf = async ({ get }: Service) => (await get('/smallholders')).json.meta?.snapshot

t.test('a bucket out of reach at the start: 503, and the process recovers by itself; later on what is loaded is served', async t => {
  const earlier = await startDouble(t)
  await (await startOver(t, earlier)).ingest()
  const port = Number(new URL(earlier.url).port)
  await earlier.close()
  const { log, lines } = captureLog('error')
  const service = await startOver(t, earlier, { log, environment: { INGEST_ON_START: 'if-empty' } })
  await service.parts.schedule.start()
  for (const path of ['/smallholders', '/ready', '/snapshots/latest', '/aggregates']) t.match((await service.get(path)).json, { status: 503, code: 'OSH_NO_SNAPSHOT', detail: /store has not answered|No snapshot is served/ })
  t.equal((await service.get('/health')).status, 200)
  t.match(lines.join(), /the snapshot store does not answer/)

  const again = await startDouble(t, { port, objects: earlier.objects })
  await until(async () => (await service.get('/ready')).status === 200)
  t.equal((await service.get('/smallholders')).json.meta.total, records.length)
  const { storeLookedAt } = (await service.get('/ready')).json
  await again.close()
  await delay(300)
  t.equal((await service.get('/smallholders')).json.meta.total, records.length)
  const ready = await service.get('/ready')
  t.equal(ready.status, 200)
  t.ok(ready.json.storeLookedAt >= storeLookedAt && ready.json.storeLookAgeSeconds >= 0.2, 'and /ready tells the age of the last look')
  const failed = await service.ingest()
  t.match([failed.status, failed.json.code], [502, 'OSH_STORE_FAILED'])
})

t.test('an ingest at the start that could not look into the store looks again', async t => {
  const { parts: { runs, store } } = await startOver(t, await startDouble(t))
  let looks = 0
  const slow: SnapshotStore = {
    url: store.url,
    list: async () => {
      if (++looks < 3) throw new Error('out of reach')
      return []
    },
    read: (stored, use) => store.read(stored, use),
    publish: (day, prepared) => store.publish(day, prepared),
  }
  const schedule = new IngestSchedule({ runs, store: slow, timeZone: 'UTC', onStart: 'if-empty', cron: undefined, log: captureLog().log, againMs: 5 })
  await schedule.start()
  t.strictSame(runs.list(), [])
  await until(() => runs.list().length === 1)
  schedule.stop()
  t.equal(looks, 3)
})

t.test('a run that published is reported so though the store does not answer afterwards', async t => {
  const double = await startDouble(t)
  const service = await startOver(t, double, { environment: { SNAPSHOT_REFRESH_SECONDS: '3600' } })
  double.plan({ operation: 'upload', fault: async () => double.plan({ operation: 'list', fault: { status: 403, message: 'no' }, times: Infinity }) })
  const { status, json } = await service.ingest()
  t.match([status, json.outcome], [201, 'published'])
  double.clearPlans()
  await service.parts.catalog.refresh()
  t.equal(await snapshotOf(service), json.snapshot)
})

t.test('a day whose file cannot be had is a 503, while the latest is served', async t => {
  const double = await startDouble(t)
  const writer = await startOver(t, double)
  await writer.ingest()
  const today = double.objects.get(double.objects.names[0] ?? '')
  const anything = { ifGenerationMatch: null }
  double.plan({ operation: 'download', object: objectOf('20260101'), fault: { status: 403, message: 'no' }, times: Infinity })
  double.objects.insert(objectOf('20260101'), today.bytes, {}, anything)
  double.objects.insert(objectOf('20260102'), Buffer.from('corrupt'), {}, anything)
  await until(async () => (await writer.get('/snapshots')).json.data.length === 3)
  for (const day of ['2026-01-01', '2026-01-02']) t.match((await writer.get(`/smallholders?snapshot=${day}`)).json, { status: 503, code: 'OSH_SNAPSHOT_UNREADABLE' })
  t.equal((await writer.get('/smallholders')).status, 200)
  double.clearPlans()
  await until(async () => (await writer.get('/smallholders?snapshot=2026-01-01')).status === 200)
})

t.test('a newest file that arrives corrupt each time leaves the day before served', async t => {
  const double = await startDouble(t)
  const writer = await startOver(t, double)
  await writer.ingest()
  const today = double.objects.get(double.objects.names[0] ?? '')
  double.objects.insert(objectOf('29990101'), today.bytes, {}, { ifGenerationMatch: null })
  double.objects.insert(objectOf('29990102'), today.bytes, {}, { ifGenerationMatch: null })
  double.plan({ operation: 'download', object: objectOf('29990102'), fault: 'flipped byte behind a proxy', times: Infinity })
  const { log, lines } = captureLog('error')
  const reader = await startOver(t, double, { log })
  t.match(await snapshotOf(reader), /^29990101\./)
  t.match(lines.join(), /a snapshot cannot be read; the one before it is served/)
  double.clearPlans()
  await until(async () => String(await snapshotOf(reader)).startsWith('29990102.'))
})

t.test('STORAGE_EMULATOR_HOST is ignored, and the log says so', async t => {
  const double = await startDouble(t)
  process.env['STORAGE_EMULATOR_HOST'] = 'http://127.0.0.1:9'
  const { log, lines } = captureLog('warn')
  const service = await startOver(t, double, { log })
  t.match(lines.join(), /STORAGE_EMULATOR_HOST is ignored.*GCS_ENDPOINT/)
  t.notOk('STORAGE_EMULATOR_HOST' in process.env)
  t.equal((await service.ingest()).status, 201)
})
