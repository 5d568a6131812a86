import t from 'tap'
import { startService } from '../helpers/service.js'
import { fixture, record } from './fixture.js'
import { send } from './raw.js'

// What was wrong once.

const dirty = [
  ...fixture,
  record(10, { daerahId: 7, daerah: '12', lot_no: 'a\\' }),
  record(11, { entity_name: 'FELDA\u0301 MAJU', lot_no: 'b', name: 'A%FFB' }),
  record(12, { created_at: '2030-01-01T00:00:00.000500Z' }),
  record(-5),
]

t.test('what was wrong once stays right', async t => {
  const service = await startService(t, { records: dirty })
  await service.ingest()
  const total = async (query: string) => JSON.parse((await send(service, `/smallholders?${query}`)).text).meta?.total

  await t.test('a box beyond the numbers of the engine is empty or a 400', async t => {
    for (const digits of [39, 40, 45]) t.not((await send(service, `/smallholders?bbox=1,1,${'9'.repeat(digits)},2`)).status, 500, `${digits} digits`)
  })

  await t.test('a number is a plain number: neither blank nor infinite nor hexadecimal', async t => {
    for (const path of ['/smallholders?planted_area__gte=%20', '/smallholders?planted_area__gte=+',
      '/smallholders?planted_area__gte=0x10', '/smallholders?page=0x10', '/smallholders/%20', '/smallholders/0x10', '/smallholders/Infinity']) {
      t.equal((await send(service, path)).status, 400, path)
    }
  })

  await t.test('a URL that is too long is a 414 which every route declares', async t => {
    for (const path of ['/smallholders', '/aggregates', '/api/osh/all-smallholder', '/states', '/smallholders/1']) {
      const { status, headers } = await send(service, `${path}?q=${'a'.repeat(40_000)}`)
      t.same([status, headers['content-type']?.split(';')[0]], [414, 'application/problem+json'], path)
    }
  })

  const list = (length: number) => Array.from({ length }, (_, index) => index + 1).join(',')

  await t.test('the links of an answer can be followed, however long its list', async t => {
    const { status, text } = await send(service, `/smallholders?entity_smallholder_id=${list(5000)}&pageSize=1`)
    t.equal(status, 200)
    t.equal((await send(service, JSON.parse(text).links.next)).status, 200)
  })

  await t.test('the headers of an answer stay below the 16 kB that Node\'s fetch reads', async t => {
    await t.resolves(service.get(`/smallholders?entity_smallholder_id=${list(1000)}&pageSize=1`))
  })

  await t.test('the drop-in is never immutable, since it ignores snapshot=', async t => {
    const exact: string = (await service.get('/smallholders')).json.meta.snapshot
    const { headers } = await service.get(`/api/osh/all-smallholder?snapshot=${exact}`)
    t.notMatch(headers.get('cache-control') ?? '', /immutable/)
  })

  await t.test('the drop-in names no place of its answer that would not stay the same', async t => {
    t.notMatch((await service.get('/api/osh/all-smallholder')).headers.get('content-location') ?? '', /snapshot=/)
  })

  await t.test('the drop-in ignores an unknown parameter that is repeated, too', async t => {
    t.equal((await service.get('/api/osh/all-smallholder?foo=1&foo=2')).status, 200)
  })

  await t.test('a plot that is not there stays a 404, whatever ETag the client sends', async t => {
    const { status, headers } = await service.get('/smallholders/999')
    t.same([status, headers.get('etag'), headers.get('content-location')], [404, null, null])
    t.equal((await service.get('/smallholders/999', { headers: { 'if-none-match': headers.get('etag') ?? '"x"' } })).status, 404)
  })

  await t.test('If-None-Match: * is a 304', async t => {
    t.equal((await service.get('/smallholders', { headers: { 'if-none-match': '*' } })).status, 304)
  })

  await t.test('bytes that are no UTF-8 are a 400, or the links find the same', async t => {
    const { status, text } = await send(service, '/smallholders?q=%FF')
    if (status === 200) t.equal(JSON.parse((await send(service, JSON.parse(text).links.self)).text).meta.total, JSON.parse(text).meta.total)
    else t.equal(status, 400)
  })

  await t.test('a method that few know is a 405 as well', async t => {
    for (const method of ['TRACE', 'PROPFIND', 'QUERY']) t.equal((await send(service, '/smallholders', { method })).status, 405, method)
  })

  await t.test('a district is found by its name where that is a number', async t => {
    t.equal(await total('district=12'), 1)
  })

  await t.test('a word with a combining accent is another word', async t => {
    t.equal((await service.get('/smallholders/11')).json.data.scheme, 'OTHER')
  })

  await t.test('a repeated value may end in a backslash', async t => {
    t.equal(await total('lot_no=a%5C&lot_no=b'), 2)
  })

  await t.test('an id may be negative in a filter as it may in a path', async t => {
    t.equal((await service.get('/smallholders/-5')).status, 200)
    t.equal(await total('entity_smallholder_id=-5'), 1)
  })

  await t.test('a time is compared to the microsecond', async t => {
    t.equal(await total('created_at__gte=2030-01-01T00:00:00.000500Z'), 1)
    t.equal(await total('created_at__gte=2030-01-01T00:00:00.000600Z'), 0)
  })
})
