import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { send } from '../query/raw.js'
import { startService, type Service } from '../helpers/service.js'
import { captureLog, makeRecords, until } from '../ingest/helpers.js'

const made = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const records = makeRecords(10)

async function sendBytes ({ url }: Service, bytes: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.write(bytes)
  return await text(socket)
}

t.test('every answer bears the id of its request, the client\'s own where that is sane', async t => {
  const service = await startService(t, { records })
  await service.ingest()
  const { headers: { etag = '' } } = await send(service, '/smallholders')
  const cases: [path: string, init: Parameters<typeof send>[2], status: number][] = [
    ['/smallholders', {}, 200],
    ['/smallholders', { method: 'HEAD' }, 200],
    ['/smallholders', { headers: { 'if-none-match': etag } }, 304],
    ['/states', {}, 200],
    ['/health', {}, 200],
    ['/', { headers: { accept: 'application/json' } }, 302],
    ['/docs', {}, 200],
    ['/docs/static/swagger-ui.css', {}, 200],
    ['/openapi.json', {}, 200],
    ['/api/osh/all-smallholder', {}, 200],
    ['/smallholders', { method: 'OPTIONS', headers: { origin: 'https://example.org', 'access-control-request-method': 'GET' } }, 204],
    ['/smallholders?page=0', {}, 400],
    ['/smallholders/%zz', {}, 400],
    ['/nothing', {}, 404],
    ['/smallholders', { method: 'PUT' }, 405],
    [`/smallholders/${'1'.repeat(200)}`, {}, 414],
    ['/ingest', { method: 'POST' }, 401],
  ]
  for (const [path, init, status] of cases) {
    const name = `${init?.method ?? 'GET'} ${path.slice(0, 40)} ${status}`
    const given = await send(service, path, { ...init, headers: { ...init?.headers, 'x-request-id': 'Client:1.a_b-c' } })
    t.same([given.status, given.headers['x-request-id']], [status, 'Client:1.a_b-c'], name)
    if (status >= 400) t.equal(JSON.parse(given.text).instance, 'Client:1.a_b-c', name)
    const own = await send(service, path, init)
    t.match(own.headers['x-request-id'], made, name)
    t.same([own.headers['x-content-type-options'], own.headers['referrer-policy']], ['nosniff', 'no-referrer'], name)
    const isPage = path === '/' || path.startsWith('/docs')
    t.equal(own.headers['cross-origin-resource-policy'], isPage ? 'same-origin' : 'cross-origin', name)
    t.match(own.headers['content-security-policy'], isPage ? /^default-src '(self|none)';.*base-uri 'none'/ : /^default-src 'none'; frame-ancestors 'none'$/, name)
    if (status >= 400) t.equal(JSON.parse(own.text).instance, own.headers['x-request-id'], name)
  }
})

t.test('an id that could do harm is not taken', async t => {
  const service = await startService(t)
  const given = async (id: string) => (await send(service, '/states', { headers: { 'x-request-id': id } })).headers['x-request-id']
  for (const id of ['a', 'x'.repeat(128), '0af7651916cd43dd8448eb211c80319c', 'a:b.c_d-e']) t.equal(await given(id), id)
  for (const id of ['', 'x'.repeat(129), 'a b', 'a,b', '{"a":1}', '<script>', 'ä', 'a/b', '%0a']) t.match(await given(id), made, id)
})

t.test('what is no HTTP request gets a problem with an id and the same headers, and its line in the log', async t => {
  const { log, lines } = captureLog('info')
  const service = await startService(t, { log })
  const answer = await sendBytes(service, 'nonsense\r\n\r\n')
  const [head = '', body = ''] = answer.split('\r\n\r\n')
  t.match(head, /^HTTP\/1\.1 400 /)
  for (const line of [/^x-content-type-options: nosniff$/m, /^content-security-policy: default-src 'none'; frame-ancestors 'none'$/m]) t.match(head.replaceAll('\r', ''), line)
  const { instance } = JSON.parse(body)
  t.match(instance, made)
  t.match(head, `x-request-id: ${instance}`)
  t.match(lines.map(line => JSON.parse(line)).filter(({ msg }) => msg === 'answered'), [{ reqId: instance, status: 400 }])
})

t.test('browsers may read the id', async t => {
  const service = await startService(t)
  t.match((await service.get('/states', { headers: { origin: 'https://example.org' } })).headers.get('access-control-expose-headers'), /X-Request-Id/)
})

t.test('a request has one line in the log, with route, status, time, cache and rows, and nothing that was asked', async t => {
  const { log, lines } = captureLog('info')
  const service = await startService(t, { log, records })
  await service.ingest()
  lines.length = 0
  const secret = 'ZULKIFLI'
  const paths = [`/smallholders?q=${secret}`, `/smallholders?q=${secret}`, `/smallholders?qq=${secret}`, `/smallholders/${secret}`, `/${secret}`, `/smallholders/%zz${secret}`]
  for (const path of paths) await send(service, path, { headers: { 'x-request-id': 'same', authorization: `Bearer ${secret}`, referer: secret, 'user-agent': secret } })
  await until(() => lines.length >= paths.length)
  const answered = lines.map(line => JSON.parse(line)).filter(({ msg }) => msg === 'answered')
  t.match(answered, [
    { level: 30, reqId: 'same', method: 'GET', route: '/smallholders', status: 200, durationMs: Number, cache: 'miss', rows: 0, queryMs: Number },
    { route: '/smallholders', status: 200, cache: 'hit', rows: 0, queryMs: 0 },
    { route: '/smallholders', status: 400 },
    { route: '/smallholders/:id', status: 400 },
    { route: null, status: 404 },
    { route: null, status: 400 },
  ])
  t.equal(answered.length, paths.length)
  t.notMatch(lines.join(''), secret)
})
