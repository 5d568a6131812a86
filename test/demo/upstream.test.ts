import { gunzipSync } from 'node:zlib'
import { request } from 'undici'
import t, { type Test } from 'tap'
import { formatEnvelope, startUpstream, type Upstream } from '../../demo/upstream.js'

const records = [{ id: 1 }, { id: 2 }, { id: 3 }, { id: 4 }, { id: 5 }]

async function open (t: Test): Promise<Upstream> {
  const upstream = await startUpstream({ records })
  t.teardown(upstream.close)
  return upstream
}

async function read (url: string): Promise<{ status: number, type: string | null, text: string }> {
  const response = await fetch(url)
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() }
}

t.test('the demo serves all records in upstream\'s envelope, whatever the parameters', async t => {
  const upstream = await open(t)
  t.equal(upstream.url, `${upstream.origin}/api/osh/all-smallholder`)
  for (const query of ['', '?state=1&page=2&pageSize=1', '?nonsense']) {
    t.strictSame(await read(upstream.url + query), {
      status: 200,
      type: 'application/json; charset=utf-8',
      text: '{"data":{"page_size":10,"data":[{"id":1},{"id":2},{"id":3},{"id":4},{"id":5}]}}',
    })
  }
  t.equal(upstream.requests, 3)
})

t.test('the demo serves no other path and no other method', async t => {
  const upstream = await open(t)
  t.equal((await fetch(upstream.origin)).status, 404)
  t.equal((await fetch(upstream.url, { method: 'POST' })).status, 404)
  t.equal(upstream.requests, 0)
})

t.test('the demo serialises a list once, and again when it is another one', async t => {
  let serialised = 0
  const watched = { toJSON: () => ++serialised }
  let list = [watched]
  const upstream = await startUpstream({ records: () => list })
  t.teardown(upstream.close)
  await read(upstream.url)
  t.match(await read(upstream.url), { text: formatEnvelope([1]) })
  t.equal(serialised, 1)
  list = [watched, watched]
  t.match(await read(upstream.url), { text: formatEnvelope([2, 3]) })
})

t.test('the demo can serve other records or any bytes from one moment to the next', async t => {
  const upstream = await open(t)
  upstream.setBody('{"data":')
  t.match(await read(upstream.url), { text: '{"data":' })
  upstream.setRecords([{ id: 9 }])
  t.match(await read(upstream.url), { text: formatEnvelope([{ id: 9 }]) })
})

t.test('faults are taken one by one, then all is well again', async t => {
  const upstream = await open(t)
  upstream.misbehave({ kind: 'status', status: 500 }, { kind: 'status', status: 429, retryAfter: '1' })
  t.equal((await fetch(upstream.url)).status, 500)
  const busy = await fetch(upstream.url)
  t.equal(busy.status, 429)
  t.equal(busy.headers.get('retry-after'), '1')
  t.equal((await fetch(upstream.url)).status, 200)
})

t.test('a lasting fault stays until it is taken back, behind those that are queued', async t => {
  const upstream = await open(t)
  upstream.misbehaveAlways({ kind: 'status', status: 503 })
  upstream.misbehave({ kind: 'status', status: 500 })
  t.strictSame([await read(upstream.url), await read(upstream.url), await read(upstream.url)].map(({ status }) => status), [500, 503, 503])
  upstream.misbehaveAlways(undefined)
  t.equal((await fetch(upstream.url)).status, 200)
})

t.test('faults of content change what is served', async t => {
  const upstream = await open(t)
  upstream.misbehave(
    { kind: 'results' }, { kind: 'empty' }, { kind: 'half' }, { kind: 'html' }, { kind: 'content-type', value: 'text/plain' }
  )
  t.match(await read(upstream.url), { text: JSON.stringify({ data: { page_size: '10', results: records } }) })
  t.match(await read(upstream.url), { text: formatEnvelope([]) })
  t.match(await read(upstream.url), { text: formatEnvelope(records.slice(0, 2)) })
  t.match(await read(upstream.url), { status: 200, type: 'text/html', text: /^<!doctype html>/ })
  t.match(await read(upstream.url), { type: 'text/plain', text: formatEnvelope(records) })
})

t.test('gzip is complete or cut in half', async t => {
  const upstream = await open(t)
  upstream.misbehave({ kind: 'gzip' }, { kind: 'gzip-truncated' })
  const whole = await request(upstream.url)
  t.equal(whole.headers['content-encoding'], 'gzip')
  t.equal(gunzipSync(await whole.body.bytes()).toString(), formatEnvelope(records))
  const cut = await (await request(upstream.url)).body.bytes()
  t.throws(() => gunzipSync(cut), { code: 'Z_BUF_ERROR' })
})

t.test('a connection can break off: at once, within an announced length, or between chunks', async t => {
  const upstream = await open(t)
  upstream.misbehave({ kind: 'reset' }, { kind: 'truncated', afterBytes: 10 }, { kind: 'truncated', afterBytes: 10, chunked: true })
  await t.rejects(fetch(upstream.url))
  for (const length of [String(formatEnvelope(records).length), null]) {
    const response = await fetch(upstream.url)
    t.equal(response.headers.get('content-length'), length)
    await t.rejects(response.text())
  }
})

t.test('a stalled answer sends so many bytes and no more; closing the demo ends it', async t => {
  const upstream = await startUpstream({ records })
  upstream.misbehave({ kind: 'stalled', afterBytes: 10 })
  const reader = (await fetch(upstream.url)).body?.getReader()
  t.equal((await reader?.read())?.value?.byteLength, 10)
  const rest = t.rejects(async () => { await reader?.read() })
  await upstream.close()
  await rest
})

t.test('a stall without a number sends not even headers', async t => {
  const upstream = await open(t)
  upstream.misbehave({ kind: 'stalled' })
  await t.rejects(request(upstream.url, { headersTimeout: 50 }), { code: 'UND_ERR_HEADERS_TIMEOUT' })
})

t.test('a slow answer arrives whole, in pieces', async t => {
  const upstream = await open(t)
  upstream.misbehave({ kind: 'slow', bytesPerSecond: 1000 })
  const { body } = await request(upstream.url)
  const pieces: string[] = []
  for await (const piece of body) pieces.push(String(piece))
  t.equal(pieces.join(''), formatEnvelope(records))
  t.ok(pieces.length > 1)
})

t.test('a redirect says where to', async t => {
  const upstream = await open(t)
  upstream.misbehave({ kind: 'redirect', location: '/elsewhere' })
  const response = await fetch(upstream.url, { redirect: 'manual' })
  t.match([response.status, response.headers.get('location')], [302, '/elsewhere'])
})
