import t from 'tap'
import { formatEnvelope } from '../../demo/upstream.js'
import { listFiles } from '../helpers/parquet.js'
import { startService } from '../helpers/service.js'
import { makeRecords } from './helpers.js'

const records = makeRecords(200)
const halfway = Math.floor(formatEnvelope(records).length / 2)

t.test('trouble that passes is tried again: an error, a body that breaks off', async t => {
  const service = await startService(t, { records })
  service.upstream.misbehave({ kind: 'status', status: 500 }, { kind: 'truncated', afterBytes: halfway })
  const { status, json } = await service.ingest()
  t.equal(status, 201)
  t.match(json, { rows: 200, bytes: formatEnvelope(records).length })
  t.equal(service.upstream.requests, 3)
})

t.test('upstream may compress, name another content type or redirect', async t => {
  const service = await startService(t, { records })
  service.upstream.misbehave({ kind: 'gzip' }, { kind: 'content-type', value: 'text/plain' }, { kind: 'redirect', location: '?again' })
  t.strictSame([(await service.ingest()).status, (await service.ingest()).status, (await service.ingest()).status], [201, 200, 200])
})

const failures = {
  'answers 404': [{ kind: 'status', status: 404 }, 502, /404 Not Found.*UPSTREAM_URL/],
  'answers 500 and goes on doing so': [{ kind: 'status', status: 500 }, 502, /500/],
  'asks for a longer wait than there is time': [{ kind: 'status', status: 429, retryAfter: '3600' }, 502, /429.*3600 s/],
  'dies in the middle of each body': [{ kind: 'truncated', afterBytes: halfway }, 502, /broke off/],
  'dies in the middle of each chunked body': [{ kind: 'truncated', afterBytes: halfway, chunked: true }, 502, /broke off/],
  'sends half a gzip stream': [{ kind: 'gzip-truncated' }, 502, /broke off/],
  'does not answer in time': [{ kind: 'stalled' }, 504, /UPSTREAM_TIMEOUT_SECONDS/],
  'falls silent in the middle': [{ kind: 'stalled', afterBytes: halfway }, 504, /UPSTREAM_TIMEOUT_SECONDS/],
} as const

t.test('where upstream fails, the answer says how, and the old snapshot goes on being served', async t => {
  for (const [what, [fault, expected, says]] of Object.entries(failures)) {
    t.test(`upstream ${what}`, async t => {
      // Only where time ends the fault is it short, so that a slow machine makes no fault of its own.
      const service = await startService(t, { records, environment: { UPSTREAM_TIMEOUT_SECONDS: expected === 504 ? '0.7' : '20' } })
      const published = await service.ingest()
      const files = await listFiles(service.folder)
      service.upstream.misbehaveAlways(fault)
      const { status, json } = await service.ingest()
      t.equal(status, expected)
      t.match(json, { code: expected === 504 ? 'OSH_UPSTREAM_TIMEOUT' : 'OSH_UPSTREAM_FAILED', detail: says, report: { outcome: 'failed', rows: null, error: { detail: says } } })
      t.equal((await service.get('/smallholders')).json.meta.snapshot, published.json.snapshot)
      t.strictSame(await listFiles(service.folder), files)
    })
  }
})

t.test('a limit on the answer\'s size is kept', async t => {
  const service = await startService(t, { records, environment: { UPSTREAM_MAX_BYTES: '10KB' } })
  service.upstream.misbehave({ kind: 'gzip' })
  for (const how of ['gzip', 'plain']) {
    const { status, json } = await service.ingest()
    t.equal(status, 422, how)
    t.match(json, { detail: /UPSTREAM_MAX_BYTES/, report: { outcome: 'refused' } })
  }
})

t.test('where nobody listens at UPSTREAM_URL, the answer is 502 and names no credentials', async t => {
  const service = await startService(t, { environment: { UPSTREAM_URL: 'http://user:secret-word@127.0.0.1:9/api', UPSTREAM_TIMEOUT_SECONDS: '0.5' } })
  const { status, text, json } = await service.ingest()
  t.equal(status, 502)
  t.match(json.detail, /ECONNREFUSED|no answer came/)
  t.notMatch(text, 'secret-word')
})
