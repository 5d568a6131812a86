import t, { type Test } from 'tap'
import { startGcsDouble, type GcsDouble } from '../gcs-double.js'
import { startService, type Service } from '../helpers/service.js'
import { makeRecords, until } from '../ingest/helpers.js'
import { objectOf } from './gcs-helpers.js'

// docs/deploy.md counts on these numbers.

async function startOver (t: Test, double: GcsDouble): Promise<Service> {
  return await startService(t, { records: makeRecords(10), environment: { SNAPSHOT_STORE: 'gs://bucket/snapshots', GCS_ENDPOINT: double.url, SNAPSHOT_REFRESH_SECONDS: '3600' } })
}

/** How often each operation was asked for since the last call, with what the services' histories needed. */
async function count ({ requests }: GcsDouble, ...services: Service[]): Promise<Record<string, number>> {
  await until(() => services.every(({ parts }) => parts.catalog.size === 0 || parts.history.progress.isReady))
  const counts: Record<string, number> = {}
  for (const { operation } of requests.splice(0)) counts[String(operation)] = (counts[String(operation)] ?? 0) + 1
  return counts
}

t.test('what a replica asks of the bucket', async t => {
  const double = await startGcsDouble()
  t.after(() => double.close())
  const writer = await startOver(t, double)
  t.strictSame(await count(double, writer), { list: 2 }, 'a start on an empty bucket')
  await writer.ingest()
  t.strictSame(await count(double, writer), { list: 2, stat: 3, upload: 1, download: 1 }, 'an ingest')
  await writer.ingest()
  t.strictSame(await count(double, writer), { list: 2, stat: 2 }, 'an ingest that finds nothing new')

  const replica = await startOver(t, double)
  t.strictSame(await count(double, replica), { list: 2, stat: 2, download: 1 }, 'a start on a bucket with snapshots')
  await replica.parts.catalog.refresh()
  t.strictSame(await count(double, replica), { list: 1 }, 'a look that finds nothing new')
  const [name = ''] = double.objects.names
  double.objects.insert(objectOf('29990101'), double.objects.get(name).bytes, {}, { ifGenerationMatch: null })
  await replica.parts.catalog.refresh()
  t.strictSame(await count(double, replica), { list: 1, stat: 2, download: 1 }, 'a look that finds a new day')
  for (let request = 0; request < 20; request++) await replica.get('/smallholders')
  t.strictSame(await count(double, replica), {}, 'answers')
})

t.test('a listing takes one request for each thousand days', async t => {
  const double = await startGcsDouble()
  t.after(() => double.close())
  const service = await startOver(t, double)
  await service.ingest()
  const [name = ''] = double.objects.names
  for (let day = 0; day < 1000; day++) {
    const past = new Date(Date.UTC(2020, 0, 1 + day)).toISOString().slice(0, 10).replaceAll('-', '')
    double.objects.insert(objectOf(past), double.objects.get(name).bytes, {}, { ifGenerationMatch: null })
  }
  await until(() => double.requests.every(({ status }) => status !== 0))
  double.requests.splice(0)
  await service.parts.catalog.refresh()
  t.equal(double.requests.filter(({ operation }) => operation === 'list').length, 2)
  t.equal((await service.get('/snapshots')).json.data.length, 1001)
})
