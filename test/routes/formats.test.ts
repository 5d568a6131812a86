import { readdir } from 'node:fs/promises'
import { request } from 'undici'
import t, { type Test } from 'tap'
import { makeRegister } from '../../demo/register.js'
import { type Plot } from '../../schemas/plot.js'
import { readCsv, readFeatures, readParquet, type Row } from '../formats/readers.js'
import { momentOf } from '../helpers/model.js'
import { startService, type Service } from '../helpers/service.js'
import { until } from '../ingest/helpers.js'

// More rows than are made at once.
const register = makeRegister({ size: 6500 })
const numbers = ['entity_smallholder_id', 'planted_area', 'certified_area', 'gps_coordinate_lat', 'gps_coordinate_long', 'stateId', 'daerahId', 'smallholders', 'active', 'expired', 'delayed', 'other']
const queries = ['', '?state=1', '?sort=-certified_area,name&cert_status=ACTIVE', '?fields=name,entity_smallholder_id,planted_area&scheme=FELDA', '?q=no+such+plot', '?has_location=false', '?bbox=103,1,104,3&sort=name']
const totals = ['/aggregates', '/aggregates/states', '/aggregates/schemes?sort=-smallholders', '/aggregates?by=entity,cert_status,district&state=1,6', '/aggregates?by=cert_no']

const as = (path: string, format: string) => `${path}${path.includes('?') ? '&' : '?'}format=${format}`

/** All rows of a result, page by page in JSON. */
async function readJson<T = Row> ({ get }: Service, path: string): Promise<T[]> {
  const rows: T[] = []
  for (let next: string | null = `${path}${path.includes('?') ? '&' : '?'}pageSize=1000`; next !== null;) {
    const { json }: { json: any } = await get(next) // eslint-disable-line @typescript-eslint/no-explicit-any -- a body
    rows.push(...json.data)
    next = json.links.next
  }
  return rows
}

const same = (t: Test, found: unknown, wanted: unknown, message: string) => t.ok(JSON.stringify(found) === JSON.stringify(wanted), message)
const pointOf = (plot: Plot, located: ReadonlySet<number>) => located.has(plot.entity_smallholder_id) ? { type: 'Point', coordinates: [plot.gps_coordinate_long, plot.gps_coordinate_lat] } : null
const download = async ({ url }: Service, path: string) => await (await fetch(`${url}${path}`)).arrayBuffer()

t.test('every format has the rows of the JSON', async t => {
  const service = await startService(t, { records: register })
  await service.ingest()

  for (const path of [...queries.map(query => `/smallholders${query}`), ...totals]) {
    await t.test(`${path} as ndjson and csv`, async t => {
      const rows = await readJson(service, path)
      const ndjson = await service.get(as(path, 'ndjson'))
      same(t, ndjson.text.split('\n').filter(line => line !== '').map(line => JSON.parse(line)), rows, 'ndjson')
      t.equal(ndjson.headers.get('content-type'), 'application/x-ndjson')
      const csv = await service.get(as(path, 'csv'))
      same(t, readCsv(csv.text, numbers), rows, 'csv')
      t.equal(csv.headers.get('content-type'), 'text/csv; charset=utf-8; header=present')
      t.match(csv.text, /^[\w,]+\r\n/)
    })
  }

  for (const query of queries) {
    await t.test(`/smallholders${query} as geojson: a feature for each plot, a point exactly where it has a location`, async t => {
      const path = `/smallholders${query}`
      const rows = await readJson(service, path)
      const plots = await readJson<Plot>(service, `/smallholders${query.replace(/fields=[^&]*&/, '')}`)
      const ids = new Set((await readJson<Plot>(service, '/smallholders?has_location=true')).map(plot => plot.entity_smallholder_id))
      const { text, headers } = await service.get(as(path, 'geojson'))
      const features = readFeatures(text)
      t.equal(headers.get('content-type'), 'application/geo+json')
      same(t, features.map(feature => feature.properties), rows, 'properties')
      same(t, features.map(({ geometry }) => geometry), plots.map(plot => pointOf(plot, ids)), 'geometries')
      same(t, features.map(({ id }) => id), plots.map(plot => plot.entity_smallholder_id), 'ids')
    })
  }

  await t.test('/smallholders as parquet has numbers, times and points, and says so', async t => {
    const plots = await readJson<Plot>(service, '/smallholders?sort=name')
    const ids = new Set((await readJson<Plot>(service, '/smallholders?has_location=true')).map(plot => plot.entity_smallholder_id))
    const { rows, metadata } = await readParquet(await download(service, '/smallholders?sort=name&format=parquet'))
    const time = (text: string | null) => { const moment = momentOf(text); return moment === undefined ? null : new Date(moment) }
    same(t, rows.map(({ geometry, ...plot }) => plot), plots.map(plot => ({ ...plot, created_at: time(plot.created_at), updated_at: time(plot.updated_at) })), 'rows')
    same(t, rows.map(({ geometry }) => geometry), plots.map(plot => pointOf(plot, ids)), 'points')
    const types = Object.fromEntries(metadata.schema.slice(1).map(({ name, type, logical_type: logical }) => [name, `${type} ${JSON.stringify(logical) ?? ''}`]))
    t.match(types, { entity_smallholder_id: 'INT64', stateId: 'INT64', planted_area: 'DOUBLE', gps_coordinate_lat: 'DOUBLE', name: 'BYTE_ARRAY', geometry: 'BYTE_ARRAY', created_at: /INT64.*TIMESTAMP.*"isAdjustedToUTC":true/, updated_at: /"isAdjustedToUTC":true/ })
    const geo = metadata.key_value_metadata?.find(({ key }) => key === 'geo')?.value
    t.same(JSON.parse(geo ?? ''), { version: '1.1.0', primary_column: 'geometry', columns: { geometry: { encoding: 'WKB', geometry_types: ['Point'] } } })
  })

  await t.test('parquet has the fields that are asked for, and a point only with both coordinates', async t => {
    const columns = async (fields: string) => (await readParquet(await download(service, `/smallholders?format=parquet&state=1&fields=${fields}`))).metadata.schema.slice(1).map(({ name }) => name)
    t.same(await columns('name,gps_coordinate_lat'), ['name', 'gps_coordinate_lat'])
    t.same(await columns('gps_coordinate_long,gps_coordinate_lat'), ['gps_coordinate_long', 'gps_coordinate_lat', 'geometry'])
  })

  for (const path of totals) {
    await t.test(`${path} as parquet`, async t => {
      same(t, (await readParquet(await download(service, as(path, 'parquet')))).rows, await readJson(service, path), 'rows')
    })
  }

  await t.test('a page is that page in every format', async t => {
    const page = '/smallholders?sort=-name&page=3&pageSize=7'
    const { json } = await service.get(page)
    const { text, headers } = await service.get(as(page, 'csv'))
    same(t, readCsv(text, numbers), json.data, 'csv')
    t.match(headers.get('link'), /page=4&pageSize=7>; rel="next"/)
    same(t, readFeatures((await service.get(as(page, 'geojson'))).text).map(({ properties }) => properties), json.data, 'geojson')
    same(t, (await readParquet(await download(service, as(page, 'parquet')))).rows.map(row => row['entity_smallholder_id']), json.data.map((plot: Plot) => plot.entity_smallholder_id), 'parquet')
    t.equal((await service.get('/smallholders?format=ndjson&page=1')).text.trim().split('\n').length, 10)
    t.equal((await service.get('/smallholders?format=ndjson&pageSize=10')).text.trim().split('\n').length, 10)
  })
})

t.test('formats over HTTP', async t => {
  const service = await startService(t, { records: register.slice(0, 2500) })
  await service.ingest()
  const { snapshot } = (await service.get('/snapshots/latest')).json.data

  await t.test('Accept chooses as format= does, which wins; the same URL has another answer for another Accept', async t => {
    const csv = await service.get('/smallholders?format=csv&pageSize=3')
    for (let times = 0; times < 2; times++) {
      t.equal((await service.get('/smallholders?pageSize=3', { headers: { accept: 'text/csv, application/json;q=0.5' } })).text, csv.text)
      t.equal((await service.get('/smallholders?format=csv&pageSize=3', { headers: { accept: 'application/json' } })).text, csv.text)
      t.equal((await service.get('/smallholders?pageSize=3')).json.data.length, 3)
      t.equal((await service.get('/smallholders?pageSize=3', { headers: { accept: 'application/json' } })).json.data.length, 3)
    }
    t.match(csv.headers.get('vary'), /\bAccept\b/)
  })

  await t.test('what is not offered is a 406 that says what is, or a 400 where it is named', async t => {
    const { status, headers, json } = await service.get('/aggregates', { headers: { accept: 'application/geo+json' } })
    t.match([status, headers.get('content-type'), json], [406, /^application\/problem\+json/, { code: 'OSH_NOT_ACCEPTABLE', offered: ['application/json', 'application/x-ndjson', 'text/csv', 'application/vnd.apache.parquet'] }])
    t.match(await service.get('/aggregates?format=geojson'), { status: 400, json: { errors: [{ parameter: 'format', allowed: ['json', 'ndjson', 'csv', 'parquet'] }] } })
    t.equal((await service.get('/smallholders?format=csv&stat=1')).status, 400)
    t.equal((await service.get('/smallholders?format=geojson&bom=true')).status, 400)
  })

  await t.test('bom=true begins with a byte order mark, once', async t => {
    for (const path of ['/smallholders?format=csv', '/smallholders?format=csv&pageSize=5']) {
      const [without, bytes] = await Promise.all([download(service, path), download(service, `${path}&bom=true`)])
      t.ok(Buffer.from(bytes).equals(Buffer.concat([Buffer.from('efbbbf', 'hex'), Buffer.from(without)])), path)
    }
  })

  await t.test('files have a name with date and filter', async t => {
    const date = snapshot.replace(/^(\d{4})(\d\d)(\d\d)\..*/, '$1-$2-$3')
    for (const extension of ['csv', 'geojson', 'parquet']) {
      t.equal((await service.get(`/smallholders?state=1&cert_status=EXPIRED&format=${extension}`)).headers.get('content-disposition'), `attachment; filename="smallholders_${date}_cert_status-EXPIRED_state-1.${extension}"`)
    }
    for (const format of ['json', 'ndjson']) t.equal((await service.get(`/smallholders?state=1&format=${format}`)).headers.get('content-disposition'), null)
  })

  const kinds = ['ndjson', 'csv', 'geojson', 'parquet'].flatMap(format => [`/smallholders?format=${format}`, `/smallholders?format=${format}&page=2`])

  await t.test('each format and page has a strong tag of its own, which is answered with 304 and no work', async t => {
    const tags = new Set([(await service.get('/smallholders')).headers.get('etag'), (await service.get('/smallholders?page=2')).headers.get('etag')])
    for (const path of kinds) {
      const { headers } = await service.get(path)
      const tag = headers.get('etag') ?? ''
      t.match(tag, /^"[^"]+"$/)
      tags.add(tag)
      const again = await service.get(path, { headers: { 'if-none-match': tag } })
      t.same([again.status, again.text, again.headers.get('etag')], [304, '', tag], path)
      t.match(headers.get('cache-control'), /max-age=60/)
      t.match((await service.get(`${path}&snapshot=${snapshot}`)).headers.get('cache-control'), /immutable/)
      t.equal(new URL(headers.get('content-location') ?? '', service.url).searchParams.get('snapshot'), snapshot)
    }
    t.equal(tags.size, kinds.length + 2)
  })

  await t.test('the same bytes come again, as a strong tag promises', async t => {
    for (const path of [...kinds, '/aggregates?by=entity&format=parquet']) {
      const [first, second] = [await download(service, path), await download(service, path)]
      t.ok(first.byteLength > 0 && Buffer.from(first).equals(Buffer.from(second)), path)
    }
  })

  await t.test('HEAD says what GET would say, and makes nothing', async t => {
    for (const path of kinds) {
      const [head, get] = [await request(`${service.url}${path}`, { method: 'HEAD' }), await request(`${service.url}${path}`)]
      await get.body.dump()
      t.equal(head.statusCode, 200)
      for (const name of ['etag', 'content-type', 'content-disposition', 'cache-control', 'link', 'vary']) t.equal(head.headers[name], get.headers[name], `${name} of ${path}`)
      t.ok([undefined, get.headers['content-length']].includes(head.headers['content-length']), `length of ${path}`)
    }
  })

  await t.test('text is compressed on its way, with a tag of its own; a Parquet file is not', async t => {
    const read = async (path: string, encoding: string) => await request(`${service.url}${path}`, { headers: { 'accept-encoding': encoding } }).then(async answer => ({ ...answer, bytes: Buffer.from(await answer.body.arrayBuffer()) }))
    for (const format of ['ndjson', 'csv', 'geojson']) {
      const path = `/smallholders?format=${format}`
      const plain = await read(path, 'identity')
      for (const encoding of ['gzip', 'br']) {
        const encoded = await read(path, encoding)
        t.equal(encoded.headers['content-encoding'], encoding)
        t.ok(encoded.bytes.length < plain.bytes.length / 4, `${encoding} of ${format}`)
        t.not(encoded.headers.etag, plain.headers.etag)
        t.equal(await (await fetch(`${service.url}${path}`, { headers: { 'accept-encoding': encoding } })).text(), plain.bytes.toString())
      }
    }
    const file = await read('/smallholders?format=parquet', 'br, gzip')
    t.same([file.headers['content-encoding'], file.headers['content-length']], [undefined, String(file.bytes.length)])
  })
})

t.test('readers that leave or dawdle', async t => {
  const service = await startService(t, { records: register, limits: { streams: 2 } })
  await service.ingest()
  const scratch = async () => (await readdir(service.app.scratch)).filter(name => name.includes('result.parquet'))

  await t.test('who leaves in the middle frees its place', async t => {
    for (const format of ['ndjson', 'csv', 'geojson', 'parquet']) {
      const leaving = new AbortController()
      const { body } = await fetch(`${service.url}/smallholders?format=${format}`, { signal: leaving.signal, headers: { 'accept-encoding': 'identity' } })
      t.equal((await body?.getReader().read())?.done, false)
      leaving.abort()
      await until(() => service.app.streams.running === 0)
    }
    t.same(await scratch(), [])
  })

  await t.test('more readers than there are places are refused at once, and JSON goes on', async t => {
    const places = [service.app.streams.enter(), service.app.streams.enter()]
    t.match(await service.get('/smallholders?format=ndjson'), { status: 503, json: { code: 'OSH_OVERLOADED' } })
    t.match(await service.get('/smallholders?format=parquet'), { status: 503 })
    t.equal((await service.get('/smallholders?format=csv&pageSize=1000')).status, 200)
    t.equal((await service.get('/smallholders?format=csv&state=1', { method: 'HEAD' })).status, 200)
    places.forEach(leave => leave())
    t.equal((await service.get('/smallholders?format=ndjson')).status, 200)
  })

  await t.test('a stream is of one snapshot, also where that is replaced meanwhile', async t => {
    const before = await download(service, '/smallholders?format=csv')
    const { body } = await request(`${service.url}/smallholders?format=csv`)
    const reader = body[Symbol.asyncIterator]()
    const first = await reader.next()
    service.upstream.setRecords(register.slice(0, 6000))
    t.equal((await service.ingest()).json.outcome, 'published')
    const chunks: Uint8Array[] = [first.value]
    for await (const chunk of reader) chunks.push(chunk)
    t.ok(Buffer.concat(chunks).equals(Buffer.from(before)))
  })
})
