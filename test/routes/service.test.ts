import t from 'tap'
import { version } from '../../src/version.js'
import { startService } from '../helpers/service.js'
import { makeRecords } from '../ingest/helpers.js'

t.test('GET /health is 200 as soon as the process is there', async t => {
  const service = await startService(t)
  const { status, headers, json } = await service.get('/health')
  t.equal(status, 200)
  t.equal(headers.get('cache-control'), 'no-store')
  t.match(json, { status: 'ok', version, uptimeSeconds: Number })
})

t.test('GET /ready is 503 until a snapshot is served, then says which', async t => {
  const service = await startService(t, { records: makeRecords(10) })
  const before = await service.get('/ready')
  t.equal(before.status, 503)
  t.equal(before.headers.get('cache-control'), 'no-store')
  t.ok(Number(before.headers.get('retry-after')) > 0)
  t.match(before.json, { code: 'OSH_NO_SNAPSHOT' })
  const { json: { snapshot, date } } = await service.ingest()
  const { status, headers, json } = await service.get('/ready')
  t.equal(status, 200)
  t.equal(headers.get('cache-control'), 'no-store')
  t.match(json, { status: 'ready', snapshot, date, rows: 10 })
  t.ok(json.storeLookAgeSeconds >= 0 && json.storeLookAgeSeconds < 60)
})

t.test('GET /ready stays 200 while the next snapshot is fetched, refused or replaced', async t => {
  const service = await startService(t, { records: makeRecords(10) })
  await service.ingest()
  service.upstream.misbehave({ kind: 'html' })
  await service.ingest()
  t.equal((await service.get('/ready')).status, 200)
})
