import t from 'tap'
import { readMetrics } from '../helpers/metrics.js'
import { startService } from '../helpers/service.js'
import { makeRecords, until } from '../ingest/helpers.js'

const alwaysAnswered = ['/health', '/ready', '/metrics']

function spin (milliseconds: number): void {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}

t.test('an event loop that is late refuses requests, but not those of operators, until it is no longer late', async t => {
  const service = await startService(t, { records: makeRecords(10), limits: { eventLoopDelayMs: 100 } })
  await service.ingest()
  const load = setInterval(() => spin(250), 1)
  t.after(() => clearInterval(load))
  await until(async () => (await service.get('/smallholders')).status === 503)
  const { status, headers, json } = await service.get('/smallholders', { headers: { origin: 'https://example.org' } })
  t.match({ status, json, type: headers.get('content-type'), retry: headers.get('retry-after') }, { status: 503, json: { code: 'OSH_OVERLOADED', instance: String }, type: /^application\/problem\+json/, retry: /^[1-9]\d*$/ })
  t.equal(headers.get('access-control-allow-origin'), '*', 'a dashboard may read it')
  for (const path of alwaysAnswered) t.equal((await service.get(path)).status, 200, path)
  clearInterval(load)
  await until(async () => (await service.get('/smallholders')).status === 200)
  t.ok(((await readMetrics(service)).get('osh_requests_refused_total{reason="event_loop"}') ?? 0) >= 2)
})
