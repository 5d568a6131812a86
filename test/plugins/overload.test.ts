import { Agent, get } from 'node:http'
import t from 'tap'
import { sql } from '../../src/duckdb/sql.js'
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

/** The status and the problem's code of an answer over an agent's connection. */
async function ask (agent: Agent, url: string): Promise<{ status: number | undefined, code: string | undefined }> {
  return await new Promise((resolve, reject) => {
    get(url, { agent }, answer => {
      let text = ''
      answer.on('data', chunk => { text += String(chunk) }).on('error', reject).on('end', () => resolve({ status: answer.statusCode, code: JSON.parse(text).code }))
    }).on('error', reject)
  })
}

t.test('a full queue refuses before it looks at what is asked, gives again what it has, and lets those wait who do not', async t => {
  const service = await startService(t, { records: makeRecords(10), environment: { QUERY_CONCURRENCY: '1', QUERY_QUEUE: '1' } })
  await service.ingest()
  const known = '/smallholders?pageSize=3'
  t.equal((await service.get(known)).status, 200)
  const { database } = service.parts
  const slow = sql`SELECT count(*) FROM range(1000000) AS a, range(1000000) AS b WHERE a.range + b.range = -1`
  const occupied = [1, 2].map(async () => await database.query(slow).catch(() => undefined))
  t.ok(database.isFull)

  const refusal = { status: 503, code: 'OSH_OVERLOADED' }
  const agents = [1, 2].map(() => new Agent({ keepAlive: true, maxSockets: 1 }))
  t.after(async () => {
    for (const agent of agents) agent.destroy()
    await Promise.all(occupied)
  })
  const [hasty = new Agent(), other = new Agent()] = agents
  t.match(await ask(hasty, `${service.url}/smallholders?no_such=1`), refusal)
  t.match(await ask(other, `${service.url}${known}`), { status: 200 })
  const order: string[] = []
  const again = ask(hasty, `${service.url}/smallholders?state=1`).then(answer => { order.push('again'); return answer })
  const first = ask(other, `${service.url}/smallholders?state=2`).then(answer => { order.push('first'); return answer })
  t.match(await Promise.all([again, first]), [refusal, refusal])
  t.strictSame(order, ['first', 'again'], 'who is refused for the first time is told at once')
  t.match(await ask(hasty, `${service.url}${known}`), { status: 200 }, 'what is there is given at once, to anybody')
  t.equal(database.statistics.refused, 3)
})
