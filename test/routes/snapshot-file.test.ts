import { readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { request } from 'undici'
import { asyncBufferFromUrl, parquetMetadataAsync, parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import t from 'tap'
import { startService, type Service } from '../helpers/service.js'
import { latestFile, makeRecords } from '../ingest/helpers.js'

const latest = '/snapshots/latest/all-smallholder.parquet'

const ask = async ({ url }: Service, path: string, headers: Record<string, string> = {}, method: 'GET' | 'HEAD' = 'GET') => {
  const answer = await request(`${url}${path}`, { headers, method })
  return { status: answer.statusCode, headers: answer.headers, bytes: Buffer.from(await answer.body.arrayBuffer()) }
}

/** The parts of a multipart body: what each says of itself, and its bytes. */
function readParts (type: string, bytes: Buffer): { range: string, type: string, bytes: Buffer }[] {
  const [, boundary = ''] = /boundary=(.+)$/.exec(type) ?? []
  const parts = bytes.toString('latin1').split(`--${boundary}`)
  if (parts[0] !== '' || parts.at(-1) !== '--\r\n') throw new Error('the body is not framed by its boundary')
  return parts.slice(1, -1).map(part => {
    const [, type = '', range = '', body = ''] = /^\r\nContent-Type: (.*)\r\nContent-Range: (.*)\r\n\r\n([^]*)\r\n$/.exec(part) ?? []
    return { type, range, bytes: Buffer.from(body, 'latin1') }
  })
}

t.test('GET /snapshots/{date}/all-smallholder.parquet', async t => {
  const service = await startService(t, { records: makeRecords(4000) })
  const { snapshot, date } = (await service.ingest()).json
  const file = await readFile(await latestFile(service))
  const size = file.length

  await t.test('is the file of the store, by day in either form, latest, or exact revision', async t => {
    for (const day of ['latest', date, date.replaceAll('-', ''), snapshot]) {
      const { status, headers, bytes } = await ask(service, `/snapshots/${day}/all-smallholder.parquet`, { 'accept-encoding': 'br, gzip' })
      t.ok(status === 200 && bytes.equals(file), day)
      t.match(headers, { 'content-type': 'application/vnd.apache.parquet', 'content-length': String(size), 'accept-ranges': 'bytes', 'last-modified': /GMT$/, 'content-disposition': `attachment; filename="all-smallholder_${date}.parquet"` })
      t.match(headers['cache-control'], day === snapshot ? /immutable/ : /max-age=60/)
      t.equal(headers['content-location'], day === snapshot ? undefined : `/snapshots/${snapshot}/all-smallholder.parquet`)
    }
    t.equal((await service.get('/snapshots/latest')).json.links.file, `/snapshots/${snapshot}/all-smallholder.parquet`)
  })

  await t.test('HEAD says the same without a byte', async t => {
    const [head, get] = [await ask(service, latest, {}, 'HEAD'), await ask(service, latest)]
    t.same([head.status, head.bytes.length], [200, 0])
    for (const name of ['etag', 'content-type', 'content-length', 'accept-ranges', 'last-modified', 'cache-control', 'content-location', 'content-disposition']) t.equal(head.headers[name], get.headers[name], name)
    t.equal((await ask(service, latest, { range: 'bytes=0-9' }, 'HEAD')).status, 200)
  })

  await t.test('a range is that part of the file', async t => {
    const ranges = [['0-0', 0, 1], ['0-3', 0, 4], ['100-199', 100, 200], [`${size - 4}-`, size - 4, size], ['-8', size - 8, size], ['0-', 0, size], [`-${size + 5}`, 0, size], [`${size - 1}-${size + 100}`, size - 1, size]] as const
    for (const [range, start, end] of ranges) {
      const { status, headers, bytes } = await ask(service, latest, { range: `bytes=${range}` })
      t.equal(status, 206, range)
      t.ok(bytes.equals(file.subarray(start, end)), `bytes of ${range}`)
      t.match(headers, { 'content-range': `bytes ${start}-${end - 1}/${size}`, 'content-length': String(end - start), 'content-type': 'application/vnd.apache.parquet' })
    }
  })

  await t.test('several ranges are a multipart body of exactly that length', async t => {
    for (const [ranges, spans] of [['0-3,-4', [[0, 4], [size - 4, size]]], ['500-599, 10-19, 550-650', [[500, 651], [10, 20]]], [Array.from({ length: 200 }, (_, index) => `${index * 9}-${index * 9}`).join(), Array.from({ length: 200 }, (_, index) => [index * 9, index * 9 + 1])]] as const) {
      const { status, headers, bytes } = await ask(service, latest, { range: `bytes=${ranges}` })
      t.equal(status, 206)
      t.equal(headers['content-length'], String(bytes.length))
      const parts = readParts(String(headers['content-type']), bytes)
      t.same(parts.map(({ range }) => range), spans.map(([start = 0, end = 0]) => `bytes ${start}-${end - 1}/${size}`))
      t.ok(parts.every(({ type, bytes }, index) => type === 'application/vnd.apache.parquet' && bytes.equals(file.subarray(spans[index]?.[0], spans[index]?.[1]))))
    }
    t.equal((await ask(service, latest, { range: 'bytes=0-9,5-19' })).headers['content-range'], `bytes 0-19/${size}`, 'several that are one')
  })

  await t.test('a range beyond the file is a 416 that says how long the file is', async t => {
    for (const range of [`${size}-`, '99999999-', '-0']) {
      const { status, headers, bytes } = await ask(service, latest, { range: `bytes=${range}` })
      t.match([status, headers['content-range'], JSON.parse(bytes.toString())], [416, `bytes */${size}`, { code: 'OSH_RANGE_NOT_SATISFIABLE' }])
    }
  })

  await t.test('what is no range is ignored', async t => {
    for (const range of ['bytes=x', 'rows=0-5', 'bytes=9-5']) t.same((({ status, bytes }) => [status, bytes.length])(await ask(service, latest, { range })), [200, size], range)
  })

  await t.test('If-Range gets the part only for the same tag', async t => {
    const { headers } = await ask(service, latest, {}, 'HEAD')
    const [tag, date] = [String(headers.etag), String(headers['last-modified'])]
    const status = async (condition: string) => (await ask(service, latest, { range: 'bytes=0-3', 'if-range': condition })).status
    t.same([await status(tag), await status(`W/${tag}`), await status('"another"'), await status(date)], [206, 200, 200, 200])
  })

  await t.test('If-None-Match is answered with 304, before any range', async t => {
    const { headers } = await ask(service, latest, {}, 'HEAD')
    for (const range of [{}, { range: 'bytes=0-3' }]) t.match(await ask(service, latest, { 'if-none-match': String(headers.etag), ...range }), { status: 304, bytes: { length: 0 }, headers: { etag: headers.etag } })
  })

  await t.test('days that are not there, revisions that are gone and parameters are refused as at /snapshots/{date}', async t => {
    for (const [path, status, code] of [['/snapshots/2020-01-01/', 404, 'OSH_SNAPSHOT_NOT_FOUND'], [`/snapshots/${snapshot}x/`, 410, 'OSH_SNAPSHOT_REPLACED'], ['/snapshots/yesterday/', 400, 'OSH_BAD_PARAMETER']] as const) {
      t.match(await service.get(`${path}all-smallholder.parquet`), { status, json: { code } }, path)
    }
    t.equal((await service.get(`${latest}?x=1`)).status, 400)
    t.equal((await service.get(latest, { method: 'DELETE' })).status, 405)
  })

  await t.test('a reader of Parquet reads one column without most of the file', async t => {
    let moved = 0
    let requests = 0
    const counting: typeof fetch = async (input, init) => {
      const response = await fetch(input, init)
      requests++
      if (init?.method !== 'HEAD') moved += Number(response.headers.get('content-length'))
      return response
    }
    const remote = await asyncBufferFromUrl({ url: `${service.url}${latest}`, fetch: counting })
    t.equal(remote.byteLength, size)
    const metadata = await parquetMetadataAsync(remote, { initialFetchSize: 8192 })
    const rows = await parquetReadObjects({ file: remote, metadata, columns: ['stateId'], compressors })
    t.equal(rows.length, 4000)
    t.ok(requests > 1 && moved > 0 && moved < size / 2, `${moved} of ${size} bytes in ${requests} requests`)
  })
})

t.test('a file that is replaced', async t => {
  const service = await startService(t, { records: makeRecords(3000) })
  const { snapshot } = (await service.ingest()).json
  const path = await latestFile(service)
  const exact = `/snapshots/${snapshot}/all-smallholder.parquet`
  const [before, { headers: { etag } }] = [await readFile(path), await ask(service, exact, {}, 'HEAD')]
  const renew = async () => {
    service.upstream.setRecords(makeRecords(2990))
    t.equal((await service.ingest()).json.outcome, 'published')
  }

  await t.test('while it is read goes on as it was', async t => {
    const { body } = await request(`${service.url}${exact}`)
    const chunks: Buffer[] = []
    for await (const chunk of body) {
      if (chunks.length === 0) await renew()
      chunks.push(chunk)
    }
    t.ok(Buffer.concat(chunks).equals(before))
  })

  await t.test('afterwards is 410 by its revision, whole by its day, and never mixed by range', async t => {
    const after = await readFile(path)
    t.notOk(after.equals(before))
    t.equal((await ask(service, exact, { range: 'bytes=0-9' })).status, 410)
    const { status, bytes, headers } = await ask(service, latest, { range: 'bytes=0-9', 'if-range': String(etag) })
    t.ok(status === 200 && bytes.equals(after))
    t.not(headers.etag, etag)
  })

  await t.test('without the service knowing yet is sent as what it is now', async t => {
    const known = (await ask(service, latest, {}, 'HEAD')).headers.etag
    await writeFile(path, before)
    await utimes(path, new Date(), new Date())
    const { status, bytes, headers } = await ask(service, latest)
    t.ok(status === 200 && bytes.equals(before))
    t.not(headers.etag, known)
  })

  await t.test('or is gone is an error, and no half of a file', async t => {
    await rm(path)
    t.match(await service.get(latest), { status: 503, json: { code: 'OSH_NO_SNAPSHOT' } })
  })
})
