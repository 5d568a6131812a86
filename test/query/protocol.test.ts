import t from 'tap'
import { startService } from '../helpers/service.js'
import { fixture } from './fixture.js'
import { send } from './raw.js'

const dataRoutes = ['/smallholders', '/smallholders/1', '/aggregates', '/aggregates/states', '/aggregates/schemes', '/states', '/schemes', '/api/osh/all-smallholder']

t.test('HTTP, whatever the route', async t => {
  const service = await startService(t, { records: fixture })
  await service.ingest()

  await t.test('HEAD answers like GET without the body', async t => {
    for (const path of dataRoutes) {
      const headers = { 'accept-encoding': 'identity' }
      const [get, head] = [await service.get(path, { headers }), await service.get(path, { method: 'HEAD', headers })]
      t.same([head.status, head.text], [200, ''], path)
      for (const name of ['content-type', 'etag', 'cache-control', 'link', 'content-location']) t.equal(head.headers.get(name), get.headers.get(name), `${name} of ${path}`)
    }
    t.equal((await service.get('/smallholders/999', { method: 'HEAD' })).status, 404)
  })

  await t.test('an ETag that is sent back gets 304 without a body', async t => {
    for (const path of [...dataRoutes, '/smallholders?state=1&sort=-name']) {
      const etag = (await service.get(path)).headers.get('etag') ?? ''
      t.match(etag, /^"[^"]+"$/, `${path} has a strong ETag`)
      for (const known of [etag, `W/${etag}`, `"other", ${etag}`]) {
        for (const method of ['GET', 'HEAD']) {
          const { status, headers, text } = await service.get(path, { method, headers: { 'if-none-match': known } })
          t.same([status, text, headers.get('etag')], [304, '', etag], `${method} ${path}`)
          t.ok(headers.has('cache-control'))
        }
      }
      t.equal((await service.get(path, { headers: { 'if-none-match': '"other"' } })).status, 200)
    }
  })

  await t.test('different requests have different ETags', async t => {
    const paths = ['/smallholders', '/smallholders?page=2', '/smallholders?state=1', '/smallholders?state=2', '/smallholders?fields=name', '/aggregates', '/aggregates?by=state', '/smallholders/1', '/smallholders/2']
    const etags = await Promise.all(paths.map(async path => (await service.get(path)).headers.get('etag')))
    t.equal(new Set(etags).size, paths.length)
  })

  await t.test('a request that asks the engine for nothing new costs no query', async t => {
    const etag = (await service.get('/smallholders')).headers.get('etag') ?? ''
    const ask = service.parts.database.ask
    service.parts.database.ask = async () => { throw new Error('a query') }
    t.equal((await service.get('/smallholders', { headers: { 'if-none-match': etag } })).status, 304)
    service.parts.database.ask = ask
  })

  await t.test('a method that a route does not take is a 405 that names those it takes', async t => {
    for (const path of dataRoutes) {
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
        const { status, headers, json } = await service.get(path, { method })
        t.same([status, headers.get('allow'), json.status], [405, 'GET, HEAD', 405], `${method} ${path}`)
      }
    }
    t.equal((await service.get('/smallholders', { method: 'POST', body: '{', headers: { 'content-type': 'application/json' } })).status, 405, 'whatever the body')
  })

  await t.test('a path that is no route is a 404', async t => {
    for (const path of ['/nope', '/smallholders/1/', '/smallholder', '/aggregates/districts', '/SMALLHOLDERS', '/api/osh', '/api/osh/all-smallholder/1']) {
      const { status, headers, json } = await service.get(path)
      t.same([status, headers.get('content-type')?.split(';')[0], json.code], [404, 'application/problem+json', 'OSH_ROUTE_NOT_FOUND'], path)
    }
  })

  await t.test('a malformed URL is a 400', async t => {
    for (const path of ['/smallholders/%', '/smallholders/%FF', '/%zz']) {
      const { status, headers, text } = await send(service, path)
      t.same([status, headers['content-type']?.split(';')[0], JSON.parse(text).status], [400, 'application/problem+json', 400], path)
    }
  })

  await t.test('a path or an id that is too long is a 414', async t => {
    for (const path of [`/${'a'.repeat(40_000)}`, `/smallholders/${'1'.repeat(200)}`]) {
      const { status, headers } = await send(service, path)
      t.same([status, headers['content-type']?.split(';')[0]], [414, 'application/problem+json'])
    }
  })

  await t.test('errors are not cached and bear the id of the request', async t => {
    const [first, second] = [await service.get('/smallholders?page=0'), await service.get('/smallholders?page=0')]
    t.equal(first.headers.get('cache-control'), 'no-store')
    t.not(first.json.instance, second.json.instance)
  })

  await t.test('the parameters of a link are escaped', async t => {
    const { json, headers } = await service.get(`/smallholders?q=${encodeURIComponent('>; rel="evil", <ä&b=c\n')}`)
    t.equal(new URL(json.links.self, service.url).searchParams.get('q'), '>; rel="evil", <ä&b=c\n')
    t.notMatch(headers.get('link') ?? '', /evil", </)
  })
})

t.test('without a snapshot all data is a 503 that says when to try again', async t => {
  const service = await startService(t)
  for (const path of ['/smallholders', '/smallholders/1', '/aggregates', '/api/osh/all-smallholder', '/smallholders?snapshot=2026-01-01']) {
    const { status, headers, json } = await service.get(path)
    t.same([status, json.code], [503, 'OSH_NO_SNAPSHOT'], path)
    t.match(headers.get('retry-after'), /^\d+$/)
  }
  t.equal((await service.get('/states')).status, 200)
})
