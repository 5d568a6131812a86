import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { startUpstream, type Upstream } from '../../demo/upstream.js'
import { startGcsDouble, type GcsDouble } from '../gcs-double.js'
import { startCommand } from '../helpers/command.js'
import { listFiles } from '../helpers/parquet.js'
import { assertNothingLeft, environmentOf, patient, startProcess, type ServiceProcess } from '../helpers/process.js'
import { makeFolder, token } from '../helpers/service.js'
import { makeRecords, until } from '../ingest/helpers.js'

interface Setting {
  folder: string
  upstream: Upstream
  environment: Record<string, string>
}

async function makeSetting (t: Test): Promise<Setting> {
  const folder = await makeFolder(t)
  const upstream = await startUpstream({ records: makeRecords(100) })
  t.after(() => upstream.close())
  return { folder, upstream, environment: { ...environmentOf(folder), UPSTREAM_URL: upstream.url, ...patient } }
}

/** The same over a bucket. */
async function makeBucketSetting (t: Test): Promise<Setting & { double: GcsDouble }> {
  const setting = await makeSetting(t)
  const double = await startGcsDouble()
  t.after(() => double.close())
  return { ...setting, double, environment: { ...setting.environment, SNAPSHOT_STORE: 'gs://bucket/snapshots', GCS_ENDPOINT: double.url } }
}

async function ingest ({ url }: ServiceProcess): Promise<{ status: number, type: string | null, body: unknown }> {
  const response = await fetch(`${url}/ingest`, { method: 'POST', headers: { authorization: `Bearer ${token}` } })
  return { status: response.status, type: response.headers.get('content-type'), body: await response.json() }
}

for (const fault of [{ kind: 'stalled' }, { kind: 'slow', bytesPerSecond: 50 }, { kind: 'status', status: 503, retryAfter: '100' }] as const) {
  t.test(`an ingest from an upstream that is ${JSON.stringify(fault)} is aborted, and who asked for it is told so`, async t => {
    const { folder, upstream, environment } = await makeSetting(t)
    upstream.misbehaveAlways(fault)
    const service = await startProcess(t, environment)
    const answer = ingest(service)
    await until(() => upstream.requests === 1)
    service.child.kill('SIGTERM')
    t.match(await answer, { status: 503, type: /problem\+json/, body: { code: 'OSH_SHUTTING_DOWN', report: { outcome: 'failed' } } })
    t.equal((await service.ended).code, 0)
    t.strictSame(await listFiles(join(folder, 'snapshots')), [])
    await assertNothingLeft(t, folder)
  })
}

t.test('the first ingest is aborted while the service starts', async t => {
  const { folder, upstream, environment } = await makeSetting(t)
  upstream.misbehaveAlways({ kind: 'stalled' })
  const service = await startProcess(t, { ...environment, INGEST_ON_START: 'if-empty' })
  await until(() => upstream.requests === 1)
  service.child.kill('SIGTERM')
  t.equal((await service.ended).code, 0)
  t.strictSame(await listFiles(join(folder, 'snapshots')), [])
  await assertNothingLeft(t, folder)
})

t.test('a signal before the service listens ends it with exit code 0', async t => {
  const { folder, environment } = await makeSetting(t)
  const child = startCommand('src/server.ts', [], environment)
  t.after(() => child.kill('SIGKILL'))
  await until(async () => (await readdir(join(folder, 'cache')).catch(() => [])).length > 0)
  child.kill('SIGTERM')
  t.match(await child.ended, { code: 0, stderr: '' })
  await assertNothingLeft(t, folder)
})

t.test('a bucket that does not answer holds up no stop', async t => {
  const { folder, double, environment } = await makeBucketSetting(t)
  double.plan({ operation: 'list', fault: 'stall', times: Infinity })
  const service = await startProcess(t, { ...environment, INGEST_ON_START: 'if-empty' })
  await until(() => double.requests.length > 0)
  service.child.kill('SIGTERM')
  t.equal((await service.ended).code, 0)
  t.strictSame(await listFiles(join(folder, 'cache')), [])
})

t.test('an upload under way is finished, and who asked for it is told so', async t => {
  const { double, environment } = await makeBucketSetting(t)
  const service = await startProcess(t, environment)
  double.plan({ operation: 'upload', fault: () => service.stopListening('SIGTERM') })
  t.match(await ingest(service), { status: 201, body: { outcome: 'published' } })
  t.equal((await service.ended).code, 0)
  t.equal(double.objects.names.length, 1)
})

t.test('an upload that outlasts SHUTDOWN_SECONDS has an unknown outcome: 504, exit code 1', async t => {
  const { folder, double, environment } = await makeBucketSetting(t)
  double.plan({ operation: 'upload', fault: 'stall', times: Infinity })
  const service = await startProcess(t, { ...environment, SHUTDOWN_SECONDS: '3' })
  const answer = ingest(service)
  await until(() => double.requests.some(({ operation }) => operation === 'upload'))
  service.child.kill('SIGTERM')
  t.match(await answer, { status: 504, body: { code: 'OSH_PUBLISH_UNKNOWN', report: { outcome: 'unknown' } } })
  t.equal((await service.ended).code, 1)
  t.strictSame(await listFiles(join(folder, 'cache')), [])
})
