import t from 'tap'
import { makeRegister } from '../../demo/register.js'
import { usualLimits } from '../../src/limits.js'
import { readMetrics } from '../helpers/metrics.js'
import { startService, token } from '../helpers/service.js'
import { closed, countConnections, drip, open } from '../helpers/sockets.js'
import { makeRecords, until } from '../ingest/helpers.js'

// Many times what kernels keep of an answer that nobody reads.
const register = makeRegister({ size: 47_500 })
const whole = '/api/osh/all-smallholder'
const ask = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: identity\r\n\r\n`
// Still so patient that a busy machine cuts off nobody else for long.
const impatient = { headersMs: 1000, requestMs: 1500, requestCheckMs: 20 }

t.test('headers that come byte by byte, or never, are cut off, and others are answered meanwhile', async t => {
  const service = await startService(t, { limits: impatient })
  const slow = await open(t, service)
  const silent = await open(t, service)
  const dripping = drip(slow, 'GET /states HTTP/1.1\r\nX-Header: no end ')
  await until(async () => (await service.get('/states')).status === 200)
  t.match(await dripping, /^HTTP\/1\.1 408 [^]*"code":"OSH_REQUEST_TIMEOUT"/)
  await closed(silent)
})

t.test('a body that comes byte by byte is cut off, with a good token and with none', async t => {
  const service = await startService(t, { limits: impatient })
  for (const authorization of [`Authorization: Bearer ${token}\r\n`, '']) {
    const socket = await open(t, service)
    socket.write(`POST /ingest HTTP/1.1\r\nHost: localhost\r\n${authorization}Content-Length: 100000\r\n\r\n`)
    t.match(await drip(socket, 'body'), authorization === '' ? /^HTTP\/1\.1 40[18] / : /^HTTP\/1\.1 408 /)
  }
  t.same((await service.get('/ingest/runs')).json.data, [])
})

t.test('who sends nothing good and does not close either is cut off', async t => {
  const service = await startService(t, { limits: impatient })
  const socket = await open(t, service)
  socket.allowHalfOpen = true
  socket.write('nonsense\r\n\r\n')
  await until(async () => await countConnections(service) === 0)
})

t.test('a connection that is idle after an answer is closed', async t => {
  const service = await startService(t, { limits: { keepAliveMs: 50 } })
  const socket = await open(t, service)
  socket.write(ask('/states'))
  await closed(socket)
})

t.test('the usual limits stand in the server', async t => {
  const { app: { server } } = await startService(t)
  const { headersMs, requestMs, keepAliveMs, connections } = usualLimits
  t.match(server, { headersTimeout: headersMs, requestTimeout: requestMs, keepAliveTimeout: keepAliveMs, maxConnections: connections })
  t.ok(headersMs < requestMs)
})

t.test('beyond so many connections one more is closed at once, and counted', async t => {
  const service = await startService(t, { limits: { connections: 3 } })
  const metrics = await readMetrics(service)
  t.equal(metrics.get('osh_connections'), 1)
  for (let others = 1; others <= 3; others++) await open(t, service)
  await until(async () => (await readMetrics(service)).get('osh_connections_ended_total{reason="refused"}') === 1)
  t.equal((await service.get('/states')).status, 200, 'who is connected already is answered')
})

t.test('two thousand idle connections keep nobody from an answer and take little memory', async t => {
  const service = await startService(t, { records: makeRecords(10) })
  await service.ingest()
  const before = process.memoryUsage().rss
  const sockets = await Promise.all(Array.from({ length: 2000 }, async () => await open(t, service)))
  for (const socket of sockets.slice(0, 1000)) socket.write(ask('/smallholders'))
  await until(() => sockets.slice(0, 1000).every(({ bytesRead }) => bytesRead > 0))
  for (const path of ['/smallholders', '/smallholders?page=2', '/ready', '/metrics']) t.equal((await service.get(path)).status, 200)
  const grownBytes = process.memoryUsage().rss - before
  t.comment(`${Math.round(grownBytes / 2000)} bytes for both ends of a connection`)
  t.ok(grownBytes < 200e6, 'with the clients\' ends, which are in this process too')
})

t.test('readers who take nothing', async t => {
  const service = await startService(t, { records: register, limits: { readerCheckMs: 200, streams: 2 } })
  await service.ingest()

  await t.test('of pages out of memory are cut off', async t => {
    const socket = await open(t, service)
    socket.pause()
    const path = '/smallholders?pageSize=1000'
    t.equal((await service.get(path)).status, 200)
    socket.write(ask(path).repeat(100))
    await until(async () => ((await readMetrics(service)).get('osh_connections_ended_total{reason="cut"}') ?? 0) >= 1)
    await until(async () => (await readMetrics(service)).get('osh_connections') === 1)
  })

  await t.test('of the whole register are cut off, and only so many are read at once, while pages go on', async t => {
    const sockets = await Promise.all([open(t, service), open(t, service)])
    for (const socket of sockets) {
      socket.pause()
      socket.write(ask(whole))
    }
    await until(() => service.app.streams.running === 2)
    const { status, headers, json } = await service.get(whole)
    t.match({ status, code: json.code, retry: headers.get('retry-after') }, { status: 503, code: 'OSH_OVERLOADED', retry: /^[1-9]\d*$/ })
    for (const path of [`${whole}?page=1`, `${whole}?page=1&pageSize=1000`, '/smallholders?state=1', '/aggregates/states']) t.equal((await service.get(path)).status, 200, path)
    await until(() => service.app.streams.running === 0)
    t.equal((await service.get(whole)).status, 200, 'their places are free again')
    await until(() => service.app.streams.running === 0)
    const metrics = await readMetrics(service)
    t.equal(metrics.get('osh_requests_refused_total{reason="streams"}'), 1)
  })

  await t.test('and who leaves after asking several times gives back all places', async t => {
    const socket = await open(t, service)
    socket.pause()
    socket.write(ask(whole).repeat(2))
    await until(() => service.app.streams.running === 2)
    socket.destroy()
    await until(() => service.app.streams.running === 0)
  })

  await t.test('byte by byte are cut off as well', async t => {
    const socket = await open(t, service)
    socket.pause()
    socket.write(ask(whole))
    const timer = setInterval(() => socket.read(1), 10)
    t.after(() => clearInterval(timer))
    await until(() => service.app.streams.running === 1)
    await until(() => service.app.streams.running === 0)
  })
})

t.test('a reader who is slow but takes enough gets the whole register', async t => {
  const service = await startService(t, { records: register, limits: { readerCheckMs: 1000 } })
  await service.ingest()
  const socket = await open(t, service)
  let bytes = 0
  socket.on('data', chunk => {
    bytes += chunk.length
    socket.pause()
    setTimeout(() => socket.resume(), 5)
  })
  socket.write(ask(whole).replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'))
  await new Promise(resolve => socket.once('close', resolve))
  t.ok(bytes > 20e6, `${bytes} bytes`)
})
