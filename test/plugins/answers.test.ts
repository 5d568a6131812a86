import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { request } from 'undici'
import t from 'tap'
import { startService, type Service } from '../helpers/service.js'
import { captureLog, makeRecords } from '../ingest/helpers.js'

const records = makeRecords(300)

/** Counts the queries that reach the engine. */
function countQueries ({ parts: { database } }: Service): () => number {
  const ask = database.ask.bind(database)
  let count = 0
  database.ask = async work => {
    count++
    return await ask(work)
  }
  return () => count
}

t.test('answers that are given again', async t => {
  const service = await startService(t, { records })
  await service.ingest()
  const queries = countQueries(service)

  await t.test('the same question is asked of the engine once, whatever the order of its parameters and their defaults', async t => {
    const before = queries()
    const first = await service.get('/smallholders?state=1&sort=-name&pageSize=50')
    const same = ['?pageSize=50&sort=-name&state=1', '?state=1&sort=-name&pageSize=50', '?state=1&sort=-name&pageSize=50&page=1', '?snapshot=latest&state=1&pageSize=50&sort=-name', '?snapshot=2026-11-23&state=1&pageSize=50&sort=-name'.replace('2026-11-23', first.json.meta.date)]
    for (const query of same) {
      const { text, headers } = await service.get(`/smallholders${query}`)
      t.equal(text, first.text, query)
      for (const name of ['etag', 'link', 'last-modified', 'content-type']) t.equal(headers.get(name), first.headers.get(name), `${name} of ${query}`)
    }
    t.equal((await service.get(`/smallholders?snapshot=${first.json.meta.snapshot}&state=1&sort=-name&pageSize=50`)).headers.get('cache-control'), 'public, max-age=31536000, immutable')
    t.equal(queries() - before, 1)
  })

  await t.test('questions that differ have answers that differ', async t => {
    const paths = ['/smallholders?page=2', '/smallholders?page=3', '/smallholders?pageSize=5', '/aggregates', '/aggregates?by=state', '/aggregates/states', `/smallholders/${records[0]?.entity_smallholder_id}`, '/smallholders?fields=name', '/smallholders?q=a', '/smallholders?name__icontains=a']
    const answers = await Promise.all([...paths, ...paths].map(path => service.get(path)))
    t.equal(new Set(answers.map(({ headers }) => headers.get('etag'))).size, paths.length)
    for (const [index, path] of paths.entries()) t.equal(answers[index]?.text, answers[index + paths.length]?.text, path)
    t.equal(new Set(answers.map(({ text }) => text)).size, paths.length)
  })

  await t.test('a hundred who ask the same at the same time share one query', async t => {
    const before = queries()
    const answers = await Promise.all(Array.from({ length: 100 }, () => service.get('/smallholders?sort=-certified_area,name&page=3')))
    t.equal(new Set(answers.map(({ text }) => text)).size, 1)
    t.equal(queries() - before, 1)
  })

  await t.test('If-None-Match is answered without the engine, also of what nobody has asked yet', async t => {
    const { headers } = await service.get('/smallholders?page=7')
    const before = queries()
    const { status, text } = await service.get('/smallholders?page=7', { headers: { 'if-none-match': headers.get('etag') ?? '' } })
    t.same([status, text], [304, ''])
    t.equal((await service.get('/smallholders?page=8', { headers: { 'if-none-match': '*' } })).status, 304)
    t.equal(queries() - before, 0)
  })

  const read = async (path: string, headers: Record<string, string>) => {
    const response = await request(`${service.url}${path}`, { headers })
    return { status: response.statusCode, headers: response.headers, bytes: Buffer.from(await response.body.arrayBuffer()) }
  }

  for (const path of ['/smallholders?pageSize=100', '/api/osh/all-smallholder', '/aggregates/states', '/openapi.json']) {
    await t.test(`${path} comes in every encoding with a tag of its own, each of which is known again`, async t => {
      const plain = await read(path, {})
      t.equal(plain.headers['content-encoding'], undefined)
      t.ok(plain.bytes.length > 1024)
      const tags = new Set([plain.headers.etag])
      for (const [accept, encoding, decode] of [['gzip', 'gzip', gunzipSync], ['gzip, br', 'br', brotliDecompressSync], ['br;q=0.5, gzip;q=0.9', 'gzip', gunzipSync], ['br', 'br', brotliDecompressSync]] as const) {
        const encoded = await read(path, { 'accept-encoding': accept })
        t.equal(encoded.headers['content-encoding'], encoding, accept)
        t.ok(decode(encoded.bytes).equals(plain.bytes))
        t.ok(encoded.bytes.length < plain.bytes.length / 2)
        t.match(encoded.headers.vary, /accept-encoding/i)
        tags.add(encoded.headers.etag)
      }
      if (path === '/openapi.json') return
      t.equal(tags.size, 3)
      for (const tag of tags) {
        const again = await read(path, { 'accept-encoding': 'gzip', 'if-none-match': String(tag) })
        t.same([again.status, again.headers.etag, again.bytes.length], [304, tag, 0])
      }
    })
  }

  await t.test('encodings that are not taken are not sent', async t => {
    for (const accept of ['identity', 'deflate', 'gzip;q=0', 'gzip;q=0, br;q=0', '', 'nonsense;;q=,']) t.equal((await read('/smallholders?pageSize=100', { 'accept-encoding': accept })).headers['content-encoding'], undefined, accept)
    t.equal((await read('/smallholders?pageSize=1', { 'accept-encoding': 'gzip' })).headers['content-encoding'], undefined, 'nor is it worth it for little')
  })

  await t.test('a new snapshot answers at once, and an error is never given again', async t => {
    const before = await service.get('/smallholders?q=nama%20baru')
    t.equal(before.json.meta.total, 0)
    const missing = await service.get('/smallholders/77777')
    t.equal(missing.status, 404)
    service.upstream.setRecords([...records, { ...makeRecords(1)[0], entity_smallholder_id: 77777, name: 'NAMA BARU' }])
    t.equal((await service.ingest()).status, 201)
    const after = await service.get('/smallholders?q=nama%20baru')
    t.equal(after.json.meta.total, 1)
    t.not(after.headers.get('etag'), before.headers.get('etag'))
    t.equal((await service.get('/smallholders/77777')).json.data.name, 'NAMA BARU')
    t.equal((await service.get(`/smallholders?q=nama%20baru&snapshot=${before.json.meta.snapshot}`)).status, 410)
  })
})

t.test('the log tells how an answer came about, and not what was asked', async t => {
  const { log, lines } = captureLog('info')
  const service = await startService(t, { records, log })
  await service.ingest()
  lines.length = 0
  const { headers } = await service.get('/smallholders?q=ahmad')
  await service.get('/smallholders?q=ahmad')
  await service.get('/smallholders?q=ahmad', { headers: { 'if-none-match': headers.get('etag') ?? '' } })
  await service.close()
  const answered = lines.map(line => JSON.parse(line)).filter(({ msg }) => msg === 'answered')
  t.match(answered, [{ cache: 'miss', route: '/smallholders', queryMs: Number, status: 200 }, { cache: 'hit', rows: answered[0].rows }, { cache: 'revalidated', status: 304 }])
  t.notMatch(lines.join(''), 'ahmad')
})
