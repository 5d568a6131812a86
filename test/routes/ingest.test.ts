import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { pino } from 'pino'
import t from 'tap'
import { buildApp } from '../../src/app.js'
import { readConfig } from '../../src/config.js'
import { captureLog, makeRecords, until } from '../ingest/helpers.js'
import { startService, token, type Service } from '../helpers/service.js'

const records = makeRecords(200)
const slow = { kind: 'slow', bytesPerSecond: 300_000 } as const

const post = async ({ url }: Service, headers: Record<string, string>, body?: string | Buffer | Blob) =>
  await fetch(`${url}/ingest`, { method: 'POST', headers, ...(body !== undefined && { body }) })

/** Starts a run that takes a third of a second and returns its id. */
async function startSlowRun (service: Service, query = ''): Promise<string> {
  service.upstream.misbehave(slow)
  const { status, json } = await service.ingest(query, { headers: { prefer: 'respond-async' } })
  if (status !== 202) throw new Error(`no run began: ${status}`)
  return json.runId
}

const hasEnded = (service: Service, runId: string) => async () => (await service.get(`/ingest/runs/${runId}`)).json.data.endedAt !== null

t.test('POST /ingest without a token, or with a wrong one, is 401 and asks for a bearer token', async t => {
  const service = await startService(t, { records })
  const wrong = ['', 'Bearer', 'Bearer ', `Basic ${token}`, token, 'Bearer wrong', `Bearer ${token}x`, `Bearer ${token.slice(0, -1)}`, `Bearer ${token}, Bearer x`]
  for (const authorization of wrong) {
    const response = await post(service, authorization === '' ? {} : { authorization })
    t.equal(response.status, 401, authorization)
    t.equal(response.headers.get('www-authenticate'), 'Bearer')
    t.match(await response.json(), { code: 'OSH_UNAUTHORIZED' })
  }
  t.equal(service.upstream.requests, 0)
  t.strictSame((await service.get('/ingest/runs')).json.data, [])
})

t.test('where no token is configured, POST /ingest is 403 and names INGEST_TOKEN', async t => {
  const { parts, upstream } = await startService(t, { records })
  const app = await buildApp(readConfig({}), parts, pino({ level: 'silent' }))
  t.after(() => app.close())
  for (const headers of [{}, { authorization: `Bearer ${token}` }]) {
    const response = await app.inject({ method: 'POST', url: '/ingest', headers })
    t.equal(response.statusCode, 403)
    t.match(response.json(), { code: 'OSH_INGEST_DISABLED', detail: /INGEST_TOKEN/ })
  }
  t.equal(upstream.requests, 0)
})

t.test('each of several tokens is good, and no part of their list', async t => {
  const tokens = ['the-first-token-of-two', 'the-second-token-of-two']
  const service = await startService(t, { records, environment: { INGEST_TOKEN: tokens.join(' , ') } })
  t.equal((await post(service, { authorization: `Bearer ${tokens[0]}` })).status, 201)
  t.equal((await post(service, { authorization: `bearer ${tokens[1]}` })).status, 200)
  t.equal((await post(service, { authorization: `Bearer ${tokens.join(',')}` })).status, 401)
})

t.test('no token ever stands in the log', async t => {
  const { log, lines } = captureLog()
  const service = await startService(t, { records, log })
  await service.ingest()
  await service.ingest('?force=nonsense')
  await service.ingest('', { headers: { prefer: 'respond-async' } })
  service.upstream.misbehave({ kind: 'html' })
  await service.ingest()
  await post(service, { authorization: 'Bearer somebody-elses-secret' })
  await service.close()
  t.ok(lines.length > 10)
  t.notMatch(lines.join(''), token)
  t.notMatch(lines.join(''), 'somebody-elses-secret')
})

t.test('calls at the same time share one run and one request to upstream', async t => {
  const service = await startService(t, { records })
  service.upstream.misbehave(slow)
  const answers = await Promise.all([1, 2, 3].map(() => service.ingest()))
  t.strictSame(answers.map(({ status }) => status), [201, 201, 201])
  t.equal(new Set(answers.map(({ json }) => json.runId)).size, 1)
  t.equal(service.upstream.requests, 1)
  t.equal((await service.get('/ingest/runs')).json.meta.total, 1)
})

t.test('a run may be joined by a call that waits for it, and fails for all who wait', async t => {
  const service = await startService(t, { records: [] })
  const runId = await startSlowRun(service)
  const answers = await Promise.all([service.ingest(), service.ingest()])
  for (const { status, json } of answers) {
    t.equal(status, 422)
    t.equal(json.report.runId, runId)
  }
})

t.test('force=true while an unforced run is under way is 409; while a forced one is, both calls join it', async t => {
  const service = await startService(t, { records })
  const unforced = await startSlowRun(service)
  const refused = await service.ingest('?force=true')
  t.equal(refused.status, 409)
  t.match(refused.json, { code: 'OSH_INGEST_CONFLICT', runId: unforced })
  await until(hasEnded(service, unforced))
  const forced = await startSlowRun(service, '?force=true')
  const answers = await Promise.all([service.ingest('?force=true'), service.ingest()])
  t.strictSame(answers.map(({ status, json }) => [status, json.runId, json.forced]), [[200, forced, true], [200, forced, true]])
})

t.test('Prefer: respond-async gets 202 at once and a place where the run can be watched', async t => {
  const service = await startService(t, { records })
  service.upstream.misbehave(slow)
  const { status, headers, json } = await service.ingest('', { headers: { prefer: 'wait=10, Respond-Async' } })
  t.equal(status, 202)
  t.equal(headers.get('location'), `/ingest/runs/${json.runId}`)
  t.equal(headers.get('preference-applied'), 'respond-async')
  t.match(json, { outcome: 'running', endedAt: null, snapshot: null })
  const location = headers.get('location') ?? ''
  const seen: { bytes: number, phase: string | null }[] = []
  await until(async () => {
    const { json, headers } = await service.get(location)
    t.equal(headers.get('cache-control'), 'no-store')
    seen.push(json.data)
    return json.data.endedAt !== null
  })
  t.ok(new Set(seen.map(({ bytes }) => bytes)).size > 3, 'bytes grow while the run is watched')
  t.ok(seen.some(({ phase }) => phase === 'fetch'))
  t.match(seen.at(-1), { outcome: 'published', phase: null, rows: 200, snapshot: (await service.get('/snapshots/latest')).json.data.snapshot })
  t.strictSame((await service.get('/ingest/runs')).json.data, [seen.at(-1)])
})

t.test('GET /ingest/runs lists the latest runs first, and remembers fifty', async t => {
  const service = await startService(t, { records: [] })
  const runs: string[] = []
  for (let run = 0; run < 52; run++) runs.push((await service.ingest()).json.report.runId)
  const { json } = await service.get('/ingest/runs')
  t.strictSame(json.data.map(({ runId }: { runId: string }) => runId), runs.reverse().slice(0, 50))
  t.equal((await service.get(`/ingest/runs/${runs.at(-1)}`)).status, 404)
})

t.test('a run that nobody remembers is 404', async t => {
  const service = await startService(t)
  const { status, json } = await service.get('/ingest/runs/00000000-0000-0000-0000-000000000000')
  t.equal(status, 404)
  t.match(json, { code: 'OSH_RUN_NOT_FOUND' })
})

t.test('body and content type of POST /ingest are ignored', async t => {
  const service = await startService(t, { records })
  const authorization = `Bearer ${token}`
  await service.ingest()
  const bodies: [type: string, body: string | Buffer][] = [
    ['application/json', '{not json'], ['application/json', ''], ['text/plain', 'x'], ['application/xml', '<a/>'],
    ['multipart/form-data; boundary=x', '--x'], ['application/x-www-form-urlencoded', 'force=nonsense'], ['image/png', Buffer.from([0, 1])],
  ]
  for (const [type, body] of bodies) {
    t.equal((await post(service, { authorization, 'content-type': type }, body)).status, 200, type)
  }
  t.equal((await post(service, { authorization }, new Blob(['no type']))).status, 200)
})

t.test('a parameter that POST /ingest does not know is 400, and so is a wrong value', async t => {
  const service = await startService(t, { records })
  for (const query of ['?forced=true', '?force=perhaps', '?force=', '?force=true&force=false']) {
    const { status, json } = await service.ingest(query)
    t.equal(status, 400, query)
    t.match(json, { code: 'OSH_BAD_PARAMETER', errors: [{ parameter: query.startsWith('?forced') ? 'forced' : 'force' }] })
  }
  t.equal(service.upstream.requests, 0)
})

t.test('a client that hangs up does not end the run it started', async t => {
  const service = await startService(t, { records })
  service.upstream.misbehave(slow)
  const { hostname, port } = new URL(service.url)
  const socket = connect(Number(port), hostname)
  socket.write(`POST /ingest HTTP/1.1\r\nhost: ${hostname}\r\nauthorization: Bearer ${token}\r\ncontent-length: 0\r\n\r\n`)
  await until(() => service.upstream.requests === 1)
  socket.destroy()
  await until(async () => (await service.get('/ingest/runs')).json.data[0].outcome === 'published')
})

t.test('closing the service aborts a run under way, which publishes nothing', async t => {
  const service = await startService(t, { records })
  await startSlowRun(service)
  await delay(50)
  const { runs, store } = service.parts
  await runs.stop()
  t.match(runs.list()[0], { outcome: 'failed', error: { code: 'OSH_SHUTTING_DOWN' } })
  t.equal((await service.ingest()).status, 503)
  t.strictSame(await store.list(), [])
})
