import t from 'tap'
import { startService, type Answer, type Service } from '../helpers/service.js'

const perMinute = 5
const environment = { RATE_LIMIT_PER_MINUTE: String(perMinute) }

async function spend (service: Service, path: string, init?: RequestInit): Promise<Answer> {
  for (let request = 1; request <= perMinute; request++) await service.get(path, init)
  return await service.get(path, init)
}

t.test('a client past RATE_LIMIT_PER_MINUTE gets 429 with Retry-After, on every route but those of health', async t => {
  const service = await startService(t, { environment })
  const first = await service.get('/states')
  t.equal(first.headers.get('x-ratelimit-limit'), '5')
  t.equal(first.headers.get('x-ratelimit-remaining'), '4')
  const { status, json, headers } = await spend(service, '/states')
  t.equal(status, 429)
  t.match(headers.get('content-type'), /^application\/problem\+json/)
  t.match(json, { code: 'OSH_RATE_LIMITED', status: 429 })
  t.ok(Number(headers.get('retry-after')) >= 1 && Number(headers.get('retry-after')) <= 60)
  t.match(headers.get('access-control-expose-headers'), /Retry-After/)
  t.equal((await service.get('/snapshots')).status, 429)
  for (let request = 1; request <= 2 * perMinute; request++) t.equal((await service.get('/health')).status, 200)
  t.equal((await service.get('/ready')).status, 503, 'not 429')
})

t.test('routes that do not exist count too', async t => {
  const service = await startService(t, { environment })
  t.equal((await spend(service, '/nothing')).status, 429)
})

t.test('RATE_LIMIT_PER_MINUTE=0 is no limit, and no header speaks of one', async t => {
  const service = await startService(t, { environment: { RATE_LIMIT_PER_MINUTE: '0' } })
  const { status, headers } = await spend(service, '/states')
  t.equal(status, 200)
  t.equal(headers.get('x-ratelimit-limit'), null)
})

const forwarded = (addresses: string) => ({ headers: { 'x-forwarded-for': addresses } })

t.test('X-Forwarded-For is believed only as TRUST_PROXY says', async t => {
  const cases: [trust: string, spent: string, other: string, status: number][] = [
    ['false', '203.0.113.1', '203.0.113.2', 429],
    ['true', '203.0.113.1', '203.0.113.2', 200],
    ['1', '203.0.113.1', '203.0.113.2', 200],
    ['1', '198.51.100.1, 203.0.113.1', '198.51.100.2, 203.0.113.1', 429],
    ['2', '203.0.113.1, 10.0.0.1', '203.0.113.2, 10.0.0.1', 200],
    ['127.0.0.1, 10.0.0.0/8', '203.0.113.1, 10.0.0.1', '203.0.113.2, 10.0.0.7', 200],
    ['192.0.2.1', '203.0.113.1', '203.0.113.2', 429],
    ['true', '2001:db8::1', '2001:db8::2', 429],
    ['true', '2001:db8::1', '2001:db8:0:1::1', 200],
  ]
  for (const [trust, spent, other, status] of cases) {
    const service = await startService(t, { environment: { ...environment, TRUST_PROXY: trust } })
    t.equal((await spend(service, '/states', forwarded(spent))).status, 429, `${trust}: ${spent}`)
    t.equal((await service.get('/states', forwarded(other))).status, status, `${trust}: ${other} after ${spent}`)
    await service.close()
  }
})
