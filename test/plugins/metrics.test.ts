import t from 'tap'
import { makeRegister } from '../../demo/register.js'
import { startGcsDouble } from '../gcs-double.js'
import { readMetrics } from '../helpers/metrics.js'
import { startService } from '../helpers/service.js'
import { makeRecords, until } from '../ingest/helpers.js'
import { send } from '../query/raw.js'

const records = makeRecords(30)
const count = (method: string, route: string, status: number) => `osh_http_request_duration_seconds_count{method="${method}",route="${route}",status="${status}"}`

t.test('GET /metrics is Prometheus\' text, never cached and never limited, and HEAD works', async t => {
  const service = await startService(t, { environment: { RATE_LIMIT_PER_MINUTE: '1' } })
  for (let request = 1; request <= 3; request++) {
    const { status, headers, text } = await service.get('/metrics')
    t.equal(status, 200)
    t.equal(headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
    t.equal(headers.get('cache-control'), 'no-store')
    for (const name of ['osh_build_info', 'process_resident_memory_bytes', 'nodejs_eventloop_lag_p99_seconds', 'process_cpu_seconds_total']) t.match(text, new RegExp(`^# HELP ${name} \\S`, 'm'))
  }
  const { status, text } = await service.get('/metrics', { method: 'HEAD' })
  t.same([status, text], [200, ''])
})

t.test('answers are counted by method, route pattern and status, and by where they came from', async t => {
  const service = await startService(t, { records })
  await service.ingest()
  const { headers } = await service.get('/smallholders?pageSize=3')
  for (const path of ['/smallholders?pageSize=3', '/smallholders/1', '/smallholders/2', '/smallholders?page=0']) await service.get(path)
  await service.get('/smallholders?pageSize=3', { headers: { 'if-none-match': headers.get('etag') ?? '' } })
  await service.get('/states', { method: 'HEAD' })
  const metrics = await readMetrics(service)
  t.equal(metrics.get(count('GET', '/smallholders', 200)), 2)
  t.equal(metrics.get(count('GET', '/smallholders', 304)), 1)
  t.equal(metrics.get(count('GET', '/smallholders', 400)), 1)
  t.equal(metrics.get(count('GET', '/smallholders/:id', 404)), 2)
  t.equal(metrics.get(count('HEAD', '/states', 200)), 1)
  t.equal(metrics.get(count('POST', '/ingest', 201)), 1)
  t.equal(metrics.get('osh_answers_total{cache="hit"}'), 1)
  t.equal(metrics.get('osh_answers_total{cache="revalidated"}'), 1)
  t.ok((metrics.get('osh_answers_total{cache="miss"}') ?? 0) >= 1)
  const bucket = (bound: string) => metrics.get(`osh_http_request_duration_seconds_bucket{le="${bound}",method="GET",route="/smallholders",status="200"}`)
  t.equal(bucket('+Inf'), 2)
  t.ok((metrics.get('osh_http_request_duration_seconds_sum{method="GET",route="/smallholders",status="200"}') ?? 0) > 0)
})

t.test('whatever clients ask makes no new series', async t => {
  const service = await startService(t, { records })
  await service.ingest()
  const ask = async (word: string) => {
    for (const path of [`/${word}`, `/smallholders/${word}`, `/smallholders?${word}=1`, `/docs/static/${word}`, `/%zz${word}`]) await send(service, path)
    for (const method of ['PUT', 'PURGE', 'REPORT']) await send(service, '/smallholders', { method })
    await readMetrics(service)
  }
  await ask('alpha')
  const before = new Set((await readMetrics(service)).keys())
  await ask('omega')
  const own = [...(await readMetrics(service)).keys()].filter(name => name.startsWith('osh_'))
  t.same(own.filter(name => !before.has(name)), [])
  t.notMatch(own.join('\n'), /alpha|omega|PURGE/)
  const metrics = await readMetrics(service)
  t.equal(metrics.get(count('GET', 'none', 404)), 4, 'of Swagger UI too')
  t.equal(metrics.get(count('GET', 'none', 400)), 2, 'malformed URLs')
  t.equal(metrics.get(count('other', '/smallholders', 405)), 6)
})

t.test('the snapshot, its days and the ingest runs are told as they are', async t => {
  const service = await startService(t, { records })
  const before = await readMetrics(service)
  for (const name of ['osh_snapshot_age_seconds', 'osh_snapshot_rows']) t.notOk(before.has(name), `${name} is absent without a snapshot`)
  t.equal(before.get('osh_snapshot_days'), 0)
  t.equal(before.get('osh_ingest_runs_total{outcome="failed"}'), 0, 'there from the beginning, so that its increase is seen')
  await service.ingest()
  await service.ingest()
  service.upstream.misbehave({ kind: 'empty' })
  await service.ingest()
  const metrics = await readMetrics(service)
  t.equal(metrics.get('osh_snapshot_days'), 1)
  t.equal(metrics.get('osh_snapshot_rows'), 30)
  for (const name of ['osh_snapshot_age_seconds', 'osh_store_look_age_seconds']) t.ok((metrics.get(name) ?? -1) >= 0 && (metrics.get(name) ?? 0) < 600, name)
  const runs = (outcome: string) => metrics.get(`osh_ingest_runs_total{outcome="${outcome}"}`)
  t.same(['published', 'unchanged', 'refused', 'failed'].map(runs), [1, 1, 1, 0])
  t.ok((metrics.get('osh_ingest_run_seconds_total{outcome="published"}') ?? 0) > 0)
  t.equal(metrics.get('osh_ingest_running'), 0)
  t.notOk([...metrics.keys()].some(name => name.startsWith('osh_store_requests_total')), 'a folder takes no requests')
})

t.test('the age of the last look into the store is absent until the store has answered', async t => {
  const double = await startGcsDouble()
  await double.close()
  const service = startService(t, { environment: { SNAPSHOT_STORE: 'gs://bucket/snapshots', GCS_ENDPOINT: double.url } })
  const metrics = await readMetrics(await service)
  t.notOk(metrics.has('osh_store_look_age_seconds'))
  t.ok((metrics.get('osh_store_request_failures_total{operation="list"}') ?? 0) >= 1)
})

t.test('requests to a bucket are counted by operation', async t => {
  const double = await startGcsDouble()
  t.after(() => double.close())
  const service = await startService(t, { records, environment: { SNAPSHOT_STORE: 'gs://bucket/snapshots', GCS_ENDPOINT: double.url } })
  await service.ingest()
  const metrics = await readMetrics(service)
  const requests = (operation: string) => metrics.get(`osh_store_requests_total{operation="${operation}"}`) ?? 0
  t.same([requests('create'), requests('replace'), requests('download')], [1, 0, 1])
  t.ok(requests('list') >= 1)
  t.ok(requests('get') >= 1)
  for (const operation of ['list', 'get', 'create', 'download']) t.equal(metrics.get(`osh_store_request_failures_total{operation="${operation}"}`), 0, `${operation}: a 404 for what is not there yet is no failure`)
})

t.test('queries are counted by what became of them', async t => {
  const service = await startService(t, { records: makeRegister({ size: 3000 }), environment: { QUERY_CONCURRENCY: '1', QUERY_QUEUE: '0', QUERY_TIMEOUT_MS: '60000' } })
  await service.ingest()
  const queries = (metrics: Map<string, number>, outcome: string) => metrics.get(`osh_queries_total{outcome="${outcome}"}`)
  const before = queries(await readMetrics(service), 'answered') ?? NaN
  const statuses = await Promise.all(Array.from({ length: 20 }, async (_, index) => (await service.get(`/aggregates?by=entity,state&planted_area__gt=${index}`)).status))
  await until(async () => (await readMetrics(service)).get('osh_queries_running') === 0)
  const metrics = await readMetrics(service)
  t.equal((queries(metrics, 'answered') ?? 0) - before, statuses.filter(status => status === 200).length)
  t.equal(queries(metrics, 'refused'), statuses.filter(status => status === 503).length)
  t.same([queries(metrics, 'timed_out'), queries(metrics, 'failed')], [0, 0])
})
