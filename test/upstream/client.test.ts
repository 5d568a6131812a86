import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { formatEnvelope } from '../../demo/upstream.js'
import { fetchToFile, type UpstreamProgress } from '../../src/upstream/client.js'
import { listen, openUpstream, prepareFetch, records } from './helpers.js'

const envelope = formatEnvelope(records)

t.test('a fetch writes upstream\'s bytes and says when the answer began', async t => {
  const upstream = await openUpstream(t)
  const { file, fetch } = prepareFetch(t, upstream.url)
  writeFileSync(file, 'x'.repeat(100_000))
  const before = Date.now()
  const fetched = await fetch()
  t.equal(readFileSync(file, 'utf8'), envelope, 'what was there is replaced')
  t.match(fetched, { bytes: Buffer.byteLength(envelope), attempts: 1, contentType: 'application/json; charset=utf-8' })
  t.ok(fetched.startedAt.getTime() >= before && fetched.startedAt.getTime() <= Date.now())
})

t.test('a request says who asks, what for, and the URL\'s credentials', async t => {
  let headers = {}
  let path: string | undefined
  const origin = await listen(t, (request, response) => {
    ({ headers, url: path } = request)
    response.end('{}')
  })
  const { fetch } = prepareFetch(t, `${origin.replace('//', '//me:p%40ss@')}/a?b=c`)
  await fetch({ version: '1.2.3' })
  t.equal(path, '/a?b=c')
  t.match(headers, {
    accept: 'application/json',
    'accept-encoding': 'gzip',
    'user-agent': 'osh-api/1.2.3',
    authorization: `Basic ${Buffer.from('me:p@ss').toString('base64')}`,
  })
})

t.test('progress names the phase, the attempt, and the bytes of how many', async t => {
  const upstream = await openUpstream(t)
  upstream.misbehave({ kind: 'status', status: 503 })
  const { fetch } = prepareFetch(t, upstream.url)
  const seen: UpstreamProgress[] = []
  await fetch({}, { onProgress: progress => { seen.push(progress) } })
  const bytes = Buffer.byteLength(envelope)
  t.strictSame(seen.slice(0, 3), [
    { phase: 'connecting', bytes: 0, attempt: 1 },
    { phase: 'waiting', bytes: 0, attempt: 1 },
    { phase: 'connecting', bytes: 0, attempt: 2 },
  ])
  t.strictSame(seen.at(-1), { phase: 'receiving', bytes, totalBytes: bytes, attempt: 2 })
})

t.test('a compressed answer arrives unpacked', async t => {
  const upstream = await openUpstream(t)
  upstream.misbehave({ kind: 'gzip' })
  const { file, fetch } = prepareFetch(t, upstream.url)
  t.match(await fetch(), { bytes: Buffer.byteLength(envelope), attempts: 1 })
  t.equal(readFileSync(file, 'utf8'), envelope)
})

t.test('the content type is reported, not judged', async t => {
  const upstream = await openUpstream(t)
  upstream.misbehave({ kind: 'html' }, { kind: 'content-type', value: 'text/plain' })
  const { fetch } = prepareFetch(t, upstream.url)
  t.match(await fetch(), { contentType: 'text/html', attempts: 1 })
  t.match(await fetch(), { contentType: 'text/plain', attempts: 1 })
})

t.test('trouble that passes is tried again', async t => {
  const upstream = await openUpstream(t)
  const { file, fetch, delaysMs } = prepareFetch(t, upstream.url)
  upstream.misbehave({ kind: 'status', status: 500 }, { kind: 'reset' }, { kind: 'truncated', afterBytes: 1000 })
  t.match(await fetch(), { attempts: 4, bytes: Buffer.byteLength(envelope) })
  t.equal(readFileSync(file, 'utf8'), envelope)
  t.equal(upstream.requests, 4)
  t.strictSame(delaysMs, [250, 500, 1000], 'half of 500 ms, doubling: full jitter with 0.5 for chance')
})

for (const [name, fault] of Object.entries({
  'an announced length that does not come': { kind: 'truncated', afterBytes: 1000 },
  'chunks that break off': { kind: 'truncated', afterBytes: 1000, chunked: true },
  'a gzip stream that breaks off': { kind: 'gzip-truncated' },
  'a hang-up without an answer': { kind: 'reset' },
} as const)) {
  t.test(`${name} is an error, after all attempts`, async t => {
    const upstream = await openUpstream(t)
    upstream.misbehaveAlways(fault)
    const error = await prepareFetch(t, upstream.url).fail({ attempts: 3 })
    t.equal(error.code, 'OSH_UPSTREAM_FAILED')
    t.match(error.message, /failed after 3 attempts: (the answer broke off|no answer came): .+ Check UPSTREAM_URL/)
    t.equal(upstream.requests, 3)
  })
}

t.test('nobody listening is an error, after all attempts', async t => {
  const upstream = await openUpstream(t)
  await upstream.close()
  t.teardown(() => {})
  const { fail, delaysMs } = prepareFetch(t, upstream.url)
  const error = await fail()
  t.equal(error.code, 'OSH_UPSTREAM_FAILED')
  t.match(error.message, /after 4 attempts: no answer came: .*ECONNREFUSED/)
  t.equal(delaysMs.length, 3)
})

t.test('between attempts there is no half a file', async t => {
  const upstream = await openUpstream(t)
  upstream.misbehave({ kind: 'truncated', afterBytes: 1000 })
  const { file, fetch } = prepareFetch(t, upstream.url)
  t.equal((await fetch({ sleep: async () => t.notOk(existsSync(file)) })).attempts, 2)
})

t.test('a status that stays bad is named, with the attempts and the way out', async t => {
  const upstream = await openUpstream(t)
  upstream.misbehaveAlways({ kind: 'status', status: 500 })
  const error = await prepareFetch(t, upstream.url).fail()
  t.equal(error.code, 'OSH_UPSTREAM_FAILED')
  t.equal(error.message, `Fetching ${upstream.url} failed after 4 attempts: ` +
    'upstream answered 500 Internal Server Error. Upstream is in trouble or too busy; try again later.')
})

t.test('a 4xx other than 429, and a success without a whole body, are not tried again', async t => {
  const upstream = await openUpstream(t)
  const { fail } = prepareFetch(t, upstream.url)
  for (const status of [400, 401, 404, 410, 204, 206, 304]) {
    upstream.misbehave({ kind: 'status', status })
    const error = await fail()
    t.equal(error.code, 'OSH_UPSTREAM_FAILED')
    t.match(error.message, `after 1 attempt: upstream answered ${status}`)
  }
  t.equal(upstream.requests, 7)
})

t.test('Retry-After is honoured, in seconds and as a date', async t => {
  const upstream = await openUpstream(t)
  const { fetch, delaysMs } = prepareFetch(t, upstream.url)
  const date = new Date(Date.now() + 9000).toUTCString()
  upstream.misbehave({ kind: 'status', status: 429, retryAfter: '7' }, { kind: 'status', status: 503, retryAfter: date })
  t.equal((await fetch()).attempts, 3)
  const [first = 0, second = 0] = delaysMs
  t.equal(first, 7000)
  t.ok(second > 6000 && second <= 9000, 'a date has whole seconds')
})

t.test('a Retry-After beyond the time that is left ends the fetch at once', async t => {
  const upstream = await openUpstream(t)
  const { fail, delaysMs } = prepareFetch(t, upstream.url)
  const inAnHour = new Date(Date.now() + 3_600_000).toUTCString()
  for (const retryAfter of ['3600', inAnHour]) {
    upstream.misbehave({ kind: 'status', status: 429, retryAfter })
    const error = await fail()
    t.equal(error.code, 'OSH_UPSTREAM_FAILED')
    t.match(error.message, /429 Too Many Requests; upstream asks for a wait of 3[56]\d\d(\.\d)? s, but only (20|19\.\d) s are left/)
    t.match(error.message, 'UPSTREAM_TIMEOUT_SECONDS')
    t.ok(Math.abs((error.retryAfterSeconds ?? 0) - 3600) < 5)
  }
  t.strictSame(delaysMs, [])
})

t.test('an upstream that is too slow as a whole is a time-out', async t => {
  const upstream = await openUpstream(t)
  upstream.misbehaveAlways({ kind: 'slow', bytesPerSecond: 1000 })
  const error = await prepareFetch(t, upstream.url).fail({ timeoutMs: 100 })
  t.equal(error.code, 'OSH_UPSTREAM_TIMEOUT')
  t.match(error.message, /after 1 attempt: it did not end within 0.1 s\. .*UPSTREAM_TIMEOUT_SECONDS/)
  t.equal(upstream.requests, 1)
})

t.test('the wait between attempts counts against the time-out', async t => {
  const upstream = await openUpstream(t)
  upstream.misbehaveAlways({ kind: 'status', status: 503 })
  const { file } = prepareFetch(t, upstream.url)
  const options = { url: upstream.url, timeoutMs: 200, maxBytes: 1e6, baseDelayMs: 1, attempts: 1e6 }
  await t.rejects(fetchToFile(file, options), { code: /OSH_UPSTREAM_(TIMEOUT|FAILED)/ })
  t.notOk(existsSync(file))
})

t.test('an upstream that falls silent is tried again, then a time-out', async t => {
  const upstream = await openUpstream(t)
  const { fail } = prepareFetch(t, upstream.url)
  upstream.misbehave({ kind: 'stalled' }, { kind: 'stalled', afterBytes: 1000 })
  const error = await fail({ idleTimeoutMs: 50, attempts: 2 })
  t.equal(error.code, 'OSH_UPSTREAM_TIMEOUT')
  t.match(error.message, /after 2 attempts: the answer broke off: not a byte for 0.05 s/)
  t.equal(upstream.requests, 2)
})

t.test('an upstream that is slow but not silent is waited for', async t => {
  const upstream = await openUpstream(t)
  upstream.misbehave({ kind: 'slow', bytesPerSecond: 20_000 })
  const { fetch } = prepareFetch(t, upstream.url)
  t.match(await fetch({ idleTimeoutMs: 250 }), { attempts: 1, bytes: Buffer.byteLength(envelope) })
})

t.test('an announced length beyond the limit is suspicious at once, and not tried again', async t => {
  const upstream = await openUpstream(t)
  const { fail, fetch } = prepareFetch(t, upstream.url)
  const size = Buffer.byteLength(envelope)
  upstream.misbehave({ kind: 'stalled', afterBytes: 0 })
  const error = await fail({ maxBytes: size - 1 })
  t.equal(error.code, 'OSH_UPSTREAM_SUSPICIOUS')
  t.match(error.message, `after 1 attempt: upstream's answer is larger than ${size - 1} bytes. If that is right, raise UPSTREAM_MAX_BYTES.`)
  t.equal((await fetch({ maxBytes: size })).bytes, size, 'exactly the limit is fine')
  t.equal(upstream.requests, 2)
})

t.test('an answer without a length is cut off at the limit', async t => {
  const origin = await listen(t, (_request, response) => {
    const timer = setInterval(() => response.write('x'.repeat(10_000)), 1)
    response.once('close', () => clearInterval(timer))
  })
  const error = await prepareFetch(t, origin).fail({ maxBytes: 100_000 })
  t.equal(error.code, 'OSH_UPSTREAM_SUSPICIOUS')
})

t.test('a gzip bomb stops at the limit of unpacked bytes', async t => {
  const upstream = await openUpstream(t)
  upstream.setBody(Buffer.alloc(50_000_000))
  upstream.misbehave({ kind: 'gzip' })
  let most = 0
  const error = await prepareFetch(t, upstream.url).fail({}, { onProgress: ({ bytes }) => { most = Math.max(most, bytes) } })
  t.equal(error.code, 'OSH_UPSTREAM_SUSPICIOUS')
  t.ok(most > 0 && most <= 1_000_000)
  t.equal(upstream.requests, 1)
})

t.test('a content encoding that was not offered is an error', async t => {
  const origin = await listen(t, (_request, response) => response.setHeader('content-encoding', 'br').end('?'))
  const error = await prepareFetch(t, origin).fail()
  t.equal(error.code, 'OSH_UPSTREAM_FAILED')
  t.match(error.message, /after 1 attempt: upstream sent the content encoding br/)
})

t.test('an abort ends the fetch at once with its reason, whatever the phase, and leaves no file', async t => {
  const upstream = await openUpstream(t)
  const reason = new Error('shutting down')
  const { file } = prepareFetch(t, upstream.url)
  const options = { url: upstream.url, timeoutMs: 20_000, maxBytes: 1e6, baseDelayMs: 10_000, random: () => 1 }
  await t.rejects(fetchToFile(file, options, { signal: AbortSignal.abort(reason) }), reason)
  t.equal(upstream.requests, 0, 'not even asked')
  for (const phase of ['connecting', 'receiving', 'waiting'] as const) {
    upstream.misbehaveAlways(phase === 'waiting' ? { kind: 'status', status: 500 } : { kind: 'stalled', afterBytes: 1000 })
    const controller = new AbortController()
    const onProgress = (progress: UpstreamProgress) => {
      if (progress.phase === phase) setImmediate(() => controller.abort(reason))
    }
    await t.rejects(fetchToFile(file, options, { signal: controller.signal, onProgress }), reason)
    t.notOk(existsSync(file))
  }
})

t.test('redirects are followed within the origin, three times at most', async t => {
  const upstream = await openUpstream(t)
  const { fetch, fail } = prepareFetch(t, upstream.url)
  const again = { kind: 'redirect', location: '/api/osh/all-smallholder?again' } as const
  upstream.misbehave(again, again, again)
  t.match(await fetch(), { attempts: 1, bytes: Buffer.byteLength(envelope) })
  upstream.misbehave(again, again, again, again)
  t.match((await fail()).message, /after 1 attempt: upstream redirects more than 3 times/)
})

t.test('a redirect to another origin over http:, or to no URL, is an error', async t => {
  const upstream = await openUpstream(t)
  const other = await openUpstream(t)
  const { fail } = prepareFetch(t, upstream.url)
  for (const location of [other.url, 'file:///etc/passwd', 'https://[']) {
    upstream.misbehave({ kind: 'redirect', location })
    const error = await fail()
    t.equal(error.code, 'OSH_UPSTREAM_FAILED')
    t.match(error.message, /after 1 attempt: upstream redirects to/)
  }
  t.equal(other.requests, 0)
})

t.test('a URL other than http: and https: is refused', async t => {
  for (const url of ['file:///etc/passwd', 'ftp://example.org/', 'nonsense']) {
    const error = await prepareFetch(t, url).fail()
    t.equal(error.code, 'OSH_UPSTREAM_FAILED')
    t.match(error.message, 'UPSTREAM_URL')
  }
})

t.test('no error tells the URL\'s credentials or its query', async t => {
  const upstream = await openUpstream(t)
  upstream.misbehaveAlways({ kind: 'status', status: 401 })
  const error = await prepareFetch(t, `${upstream.url.replace('//', '//me:secret@')}?key=secret`).fail()
  t.match(error.message, upstream.url)
  t.notMatch(error.message, 'secret')
})

t.test('a file that cannot be written is no fault of upstream\'s', async t => {
  const upstream = await openUpstream(t)
  const { fetch } = prepareFetch(t, upstream.url)
  t.ok(await fetch())
  const options = { url: upstream.url, timeoutMs: 20_000, maxBytes: 1e6 }
  await t.rejects(fetchToFile(join(t.testdirName, 'no', 'such', 'folder'), options), { code: 'ENOENT' })
  t.equal(upstream.requests, 2, 'nor tried again')
})
