import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createConfig, lintFromString } from '@redocly/openapi-core'
import { Ajv } from 'ajv'
import t from 'tap'
import { parse } from 'yaml'
import { makeRegister } from '../../demo/register.js'
import { plotFields, type Plot } from '../../schemas/plot.js'
import { readFeatures } from '../formats/readers.js'
import { modelPlots, momentOf } from '../helpers/model.js'
import { startService } from '../helpers/service.js'

const register = makeRegister({ size: 3000 })
const plots = modelPlots(register)
const isLocated = ({ gps_coordinate_lat: lat, gps_coordinate_long: long }: Plot) => lat !== null && long !== null && lat >= 0.8 && lat <= 7.4 && long >= 99.6 && long <= 119.3
const items = '/ogc/collections/smallholders/items'
const part1 = 'http://www.opengis.net/spec/ogcapi-features-1/1.0/conf'
const run = promisify(execFile)
const hasGdal = await run('ogrinfo', ['--formats']).then(({ stdout }) => stdout.includes('OAPIF'), () => false)

/** Where Python's package `ogctests` carries the JSON schemas that OGC publishes for Part 1; undefined where it is not installed. */
const schemaFolder = await run('python3', ['-c', 'import importlib.util; print(importlib.util.find_spec("ogctests").submodule_search_locations[0])'])
  .then(({ stdout }) => join(stdout.trim(), 'features', 'schemas'), () => undefined)

/** OGC's schemas by their names; they refer to each other as `urn:link`, which is no whole URN. */
async function readSchemas (folder: string): Promise<Ajv> {
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true })
  for (const file of await readdir(folder)) {
    if (!file.endsWith('.yaml') || file.startsWith('openapi')) continue
    const schema = parse((await readFile(join(folder, file), 'utf8')).replaceAll('urn:', 'urn:ogc:'))
    // Some are parameters.
    if (schema.in === undefined) ajv.addSchema(schema, `urn:ogc:${file.slice(0, -5)}`)
  }
  return ajv
}

t.test('OGC API - Features', async t => {
  const service = await startService(t, { records: register })
  const { snapshot } = (await service.ingest()).json
  const root = `${service.url}/ogc`
  const matched = async (query: string) => (await service.get(`${items}?limit=1&${query}`)).json.numberMatched

  await t.test('the landing page, with and without a slash, leads to everything', async t => {
    for (const path of ['/ogc', '/ogc/']) {
      const { status, json } = await service.get(path)
      t.equal(status, 200)
      for (const rel of ['self', 'service-desc', 'service-doc', 'conformance', 'data']) {
        const link = json.links.find((candidate: { rel: string }) => candidate.rel === rel)
        const answer = await fetch(link.href)
        t.equal(answer.status, 200, `${rel} at ${link.href}`)
        t.equal(answer.headers.get('content-type')?.replace('; charset=utf-8', ''), link.type, rel)
        await answer.text()
      }
    }
  })

  await t.test('it conforms to core, GeoJSON and OpenAPI 3.0', async t => {
    t.same((await service.get('/ogc/conformance')).json, { conformsTo: [`${part1}/core`, `${part1}/geojson`, `${part1}/oas30`] })
  })

  await t.test('there is one collection, and it says where its items are', async t => {
    const { json } = await service.get('/ogc/collections')
    const collection = (await service.get('/ogc/collections/smallholders')).json
    t.same(json.collections, [collection])
    t.match(collection, { id: 'smallholders', itemType: 'feature', crs: ['http://www.opengis.net/def/crs/OGC/1.3/CRS84'], extent: { spatial: { bbox: [[99.6, 0.8, 119.3, 7.4]] } } })
    t.match(collection.links.find(({ rel }: { rel: string }) => rel === 'items'), { href: `${root}/collections/smallholders/items`, type: 'application/geo+json' })
    t.equal((await service.get('/ogc/collections/others')).status, 404)
  })

  await t.test('its definition is sound OpenAPI 3.0 of the media type that the standard names', async t => {
    const { text, json, headers } = await service.get('/ogc/api')
    t.equal(headers.get('content-type'), 'application/vnd.oai.openapi+json;version=3.0')
    t.match(json.openapi, /^3\.0\./)
    const faults = await lintFromString({ source: text, config: await createConfig({ extends: ['recommended'], rules: { 'no-server-example.com': 'off', 'security-defined': 'off' } }) })
    t.strictSame(faults.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer]), [])
    const names = json.paths['/collections/smallholders/items'].get.parameters.map(({ name }: { name: string }) => name)
    t.same(names, ['limit', 'offset', 'bbox', 'datetime', 'snapshot', ...plotFields])
  })

  await t.test('items are the plots, ten unless more are asked for, a thousand at most', async t => {
    const { json, text, headers } = await service.get(items)
    t.match(json, { type: 'FeatureCollection', numberMatched: plots.length, numberReturned: 10 })
    t.ok(Math.abs(Date.parse(json.timeStamp) - Date.now()) < 60_000)
    t.equal(headers.get('content-type'), 'application/geo+json')
    t.same(readFeatures(text).map(({ properties }) => properties), plots.slice(0, 10))
    t.equal((await service.get(`${items}?limit=5000`)).json.numberReturned, 1000, 'clamped, not refused')
    t.equal((await service.get(`${items}?limit=100000000`)).json.features.length, 1000)
  })

  await t.test('links lead through all features of one snapshot, each once, and back', async t => {
    const ids: number[] = []
    let previous: string | undefined
    for (let next: string | undefined = `${root}/collections/smallholders/items?limit=700`; next !== undefined;) {
      const { json } = await service.get(next.slice(service.url.length))
      const to = (rel: string): string | undefined => json.links.find((link: { rel: string }) => link.rel === rel)?.href
      ids.push(...readFeatures(JSON.stringify(json)).map(({ id }) => id))
      t.match(to('self'), `snapshot=${snapshot}`)
      t.equal(to('prev'), previous)
      previous = to('self')
      next = to('next')
    }
    t.same(ids, plots.map(plot => plot.entity_smallholder_id))
  })

  await t.test('a bbox matches the plots within, and those that are nowhere', async t => {
    const inside = (west: number, south: number, east: number, north: number) => plots.filter(plot => !isLocated(plot) ||
      (Number(plot.gps_coordinate_long) >= west && Number(plot.gps_coordinate_long) <= east && Number(plot.gps_coordinate_lat) >= south && Number(plot.gps_coordinate_lat) <= north)).length
    const nowhere = plots.filter(plot => !isLocated(plot)).length
    t.ok(nowhere > 0)
    t.equal(await matched('bbox=103,1,104.5,2.5'), inside(103, 1, 104.5, 2.5))
    t.equal(await matched('bbox=103,1,-50,104.5,2.5,900'), inside(103, 1, 104.5, 2.5))
    t.equal(await matched('bbox=0,0,1,1'), nowhere)
    t.equal(await matched('bbox=-180,-90,180,90'), plots.length)
    t.equal(await matched('bbox=110,-90,-170,90'), inside(110, -90, 180, 90), 'across the antimeridian')
    t.equal((await service.get('/smallholders?bbox=103,1,104.5,2.5')).json.meta.total, inside(103, 1, 104.5, 2.5) - nowhere, 'natively they do not')
  })

  await t.test('datetime is when a plot was updated: an instant, a day or an interval, with both ends', async t => {
    const moments = plots.map(plot => momentOf(plot.updated_at))
    const during = (from: number, until: number) => moments.filter(moment => moment === undefined || (moment >= from && moment <= until)).length
    const some = plots.find(plot => momentOf(plot.updated_at) !== undefined)?.updated_at ?? ''
    const day = some.slice(0, 10)
    const [begin, end] = [Date.parse(`${day}T00:00:00Z`), Date.parse(`${day}T23:59:59.999Z`)]
    t.equal(await matched(`datetime=${some}`), during(Date.parse(some), Date.parse(some)))
    t.equal(await matched(`datetime=${day}`), during(begin, end))
    t.equal(await matched(`datetime=${day}/${day}`), during(begin, end))
    t.equal(await matched(`datetime=${some}/..`), during(Date.parse(some), Infinity))
    t.equal(await matched(`datetime=../${some}`), during(-Infinity, Date.parse(some)))
    t.equal(await matched(`datetime=/${day}`), during(-Infinity, end))
    t.equal(await matched('datetime=1990-01-01/1990-12-31'), during(0, 0))
    t.ok(during(begin, end) < plots.length)
  })

  await t.test('properties are queryable by equality, exactly as they are served', async t => {
    const sample = plots[0]
    for (const field of plotFields) {
      const value = sample?.[field]
      if (value === null || value === undefined) continue
      const expected = plots.filter(plot => plot[field] === value).length
      t.equal(await matched(`${field}=${encodeURIComponent(String(value))}`), expected, field)
    }
    t.equal(await matched('state=Johor&cert_status=EXPIRED'), plots.filter(plot => plot.state === 'Johor' && plot.cert_status === 'EXPIRED').length)
    t.same([await matched('state=johor'), await matched('state=Johor,Pahang'), await matched('name=')], [0, 0, 0])
  })

  await t.test('what is unknown or malformed is a 400', async t => {
    for (const query of ['foo=1', 'limit=0', 'limit=-1', 'limit=x', 'limit=1.5', 'offset=-1', 'bbox=1,2,3', 'bbox=1,2,3,4,5', 'bbox=a,b,c,d', 'bbox=1,9,2,8', 'datetime=', 'datetime=yesterday', 'datetime=..', 'datetime=../..', 'datetime=2025-01-02/2025-01-01', 'datetime=2025-01-01/2025-01-02/2025-01-03', 'datetime=2025-02-30', 'stateId=x', 'state=1&state=2', 'bbox-crs=x', 'crs=x']) {
      t.match(await service.get(`${items}?${query}`), { status: 400, json: { code: 'OSH_BAD_PARAMETER' } }, query)
    }
    for (const path of ['/ogc?x=1', '/ogc/conformance?x=1', '/ogc/collections?x=1', '/ogc/collections/smallholders?x=1', `${items}/474748?x=1`]) t.equal((await service.get(path)).status, 400, path)
  })

  await t.test('one feature is at its id, and no other is', async t => {
    const { json, headers, status } = await service.get(`${items}/474748`)
    t.match([status, headers.get('content-type'), json], [200, 'application/geo+json', { type: 'Feature', id: 474748, geometry: { type: 'Point', coordinates: [104.08802, 1.70941] }, properties: plots[0] }])
    t.same(json.links.map(({ rel }: { rel: string }) => rel), ['self', 'collection'])
    for (const id of ['1', 'x', '474748.5', '99999999999999999999', '%20']) t.match(await service.get(`${items}/${id}`), { status: 404, json: { code: 'OSH_PLOT_NOT_FOUND' } }, id)
  })

  await t.test('answers have tags, by which they are known again, and HEAD', async t => {
    for (const path of ['/ogc', '/ogc/api', '/ogc/collections', items, `${items}?limit=2&state=Johor`, `${items}/474748`]) {
      const tag = (await service.get(path)).headers.get('etag') ?? ''
      t.equal((await service.get(path, { headers: { 'if-none-match': tag } })).status, 304, path)
      t.equal((await service.get(path, { method: 'HEAD' })).status, 200)
    }
    const elsewhere = await service.app.inject({ url: '/ogc', headers: { host: 'evil.example"><script>' } })
    t.notMatch(elsewhere.body, '<script', 'what is no host gets into no link')
  })

  await t.test('every answer is as OGC\'s own schemas have it', { skip: schemaFolder === undefined ? 'ogctests of PyPI, which carries them, is not there' : false }, async t => {
    const ajv = await readSchemas(schemaFolder ?? '')
    const check = (name: string, json: unknown, what: string) => t.ok(ajv.validate(`urn:ogc:${name}`, json), `${what}: ${ajv.errorsText()}`)
    for (const [path, name] of [['', 'landingPage'], ['/conformance', 'confClasses'], ['/collections', 'collections'], ['/collections/smallholders', 'collection']] as const) check(name, (await service.get(`/ogc${path}`)).json, path)
    check('featureGeoJSON', (await service.get(`${items}/474748`)).json, 'a feature')
    // A plot that is nowhere has a null geometry, as RFC 7946 has it; these schemas forgot that.
    const isNowhere = ({ geometry }: { geometry: unknown }) => geometry === null
    for (let offset = 0, nowhere = 0; offset < plots.length; offset += 1000) {
      const { json } = await service.get(`${items}?limit=1000&offset=${offset}`)
      nowhere += json.features.filter(isNowhere).length
      check('featureCollectionGeoJSON', { ...json, features: json.features.filter((feature: { geometry: unknown }) => !isNowhere(feature)) }, `from ${offset}`)
      if (offset + 1000 >= plots.length) t.equal(nowhere, plots.filter(plot => !isLocated(plot)).length)
    }
    t.notOk(ajv.validate('urn:ogc:collection', { id: 'x', links: [{ rel: 'self' }] }), 'they do refuse')
  })

  await t.test('links say self, and alternate of nothing, since there is one encoding of each document', async t => {
    const relations = async (path: string) => (await service.get(path)).json.links.map(({ rel }: { rel: string }) => rel)
    t.strictSame(await relations('/ogc/collections'), ['self'])
    t.strictSame(await relations(`${items}?limit=1&offset=1`), ['self', 'next', 'prev', 'collection'])
    const { json } = await service.get('/ogc/collections/smallholders')
    t.strictSame(json.links.map(({ rel }: { rel: string }) => rel), ['self', 'items', 'enclosure', 'enclosure', 'enclosure'])
    for (const { rel, href, type } of json.links) {
      const answer = await fetch(href)
      t.match([answer.status, answer.headers.get('content-type')?.split(';')[0]], [200, type.split(';')[0]], `${rel} ${href}`)
      await answer.arrayBuffer()
    }
  })

  await t.test('GDAL lists the layer, copies all features as they are, and sends box and attributes to the server', { skip: hasGdal ? false : 'GDAL is not there' }, async t => {
    const urls: string[] = []
    service.app.server.on('request', ({ url = '' }) => { urls.push(decodeURIComponent(url)) })
    const count = async (...options: string[]) => {
      const { stdout } = await run('ogrinfo', ['-so', '-oo', 'PAGE_SIZE=1000', ...options, `OAPIF:${root}`, 'smallholders'])
      return Number(/Feature Count: (\d+)/.exec(stdout)?.[1])
    }
    t.match((await run('ogrinfo', [`OAPIF:${root}`])).stdout, /1: smallholders .*\(Point\)/)
    t.equal(await count(), plots.length)
    t.equal(await count('-where', 'state = \'Johor\' AND cert_status = \'EXPIRED\''), plots.filter(plot => plot.state === 'Johor' && plot.cert_status === 'EXPIRED').length)
    t.equal(await count('-spat', '103', '1', '104.5', '2.5'), (await service.get('/smallholders?bbox=103,1,104.5,2.5')).json.meta.total)
    t.ok(urls.some(url => url.includes('state=Johor&cert_status=EXPIRED')) && urls.some(url => url.includes('bbox=103,1,104.5,2.5')))
    const target = `${service.folder}/all.gpkg`
    await run('ogr2ogr', ['-oo', 'PAGE_SIZE=1000', '-f', 'GPKG', target, `OAPIF:${root}`, 'smallholders'])
    const { stdout } = await run('ogr2ogr', ['-f', 'GeoJSON', '-lco', 'COORDINATE_PRECISION=15', '/vsistdout/', target, 'smallholders'], { maxBuffer: 1e8 })
    const copied = new Map(readFeatures(stdout).map(({ properties, geometry }) => [properties['entity_smallholder_id'], { properties, geometry }]))
    t.equal(copied.size, plots.length)
    let located = 0
    for (let page = 1, seen = 0; seen < plots.length; page++) {
      const { data }: { data: Plot[] } = (await service.get(`/smallholders?pageSize=1000&page=${page}`)).json
      const expected = data.map(plot => ({ properties: plot, geometry: isLocated(plot) ? { type: 'Point', coordinates: [plot.gps_coordinate_long, plot.gps_coordinate_lat] } : null }))
      t.strictSame(data.map(plot => copied.get(plot.entity_smallholder_id)), expected, `the GeoPackage has every value and place of page ${page}`)
      located += expected.filter(({ geometry }) => geometry !== null).length
      seen += data.length
    }
    t.ok(located > 0 && located < plots.length)
  })
})
