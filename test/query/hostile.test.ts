import t from 'tap'
import { plotFields } from '../../schemas/plot.js'
import { startService } from '../helpers/service.js'
import { fixture } from './fixture.js'
import { filterNames } from './model-filter.js'
import { send } from './raw.js'

const refusals: readonly number[] = [400, 404, 414, 431]
const filters = [...filterNames, 'radius_m']
const parameters = [...filters, 'sort', 'fields', 'page', 'pageSize', 'snapshot']
const paths = ['/smallholders', '/aggregates', '/aggregates/states', '/api/osh/all-smallholder', '/smallholders/1', '/states']

const injections = ['\'; DROP TABLE plots_1; --', '" OR 1=1 --', '1) OR (1=1', '\' UNION SELECT * FROM duckdb_settings() --', '$1', '%s%n', '${7*7}', '../../etc/passwd', 'read_csv(\'/etc/passwd\')', '\u0000', '\u202e', '👩‍🌾'] // eslint-disable-line no-template-curly-in-string -- a template of someone else's
const rawValues = ['%00', 'a%00b', '%FF', '%ED%A0%80', '%', '%zz', '%C0%AF', '+', '%0d%0aSet-Cookie:%20a=b', '1e308', '-1e308', 'NaN', '-0', '0x10', '9'.repeat(400), '__proto__', 'constructor', 'toString', 'null', 'undefined', '[object%20Object]', '{}', '[]']
const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'state[]', 'state[0]', 'state.x', '%00', '%FF', '', '$where', 'state%20']

t.test('whatever is sent, the answer is right or a problem, never a 500', async t => {
  const service = await startService(t, { records: fixture })
  await service.ingest()

  const survive = async (paths: readonly string[]) => {
    const wrong: string[] = []
    for (const path of paths) {
      const { status, headers } = await send(service, path)
      const isProblem = refusals.includes(status) && headers['content-type']?.startsWith('application/problem+json') === true
      if (status !== 200 && !isProblem) wrong.push(`${status} ${path.slice(0, 200)}`)
    }
    return wrong
  }
  const query = (name: string, value: string, path = '/smallholders') => `${path}?${name}=${value}`

  await t.test('SQL in any parameter of any route', async t => {
    t.same(await survive(injections.flatMap(value => parameters.map(name => query(name, encodeURIComponent(value))))), [])
    t.same(await survive(injections.flatMap(value => ['sort', 'by', 'state', 'q'].flatMap(name => paths.map(path => query(name, encodeURIComponent(value), path))))), [])
  })

  await t.test('SQL is text like any other: it finds what has it, and no more', async t => {
    for (const name of ['q', 'name__icontains', 'lot_no', 'cert_status', 'district']) {
      for (const value of injections) t.equal((await service.get(query(name, encodeURIComponent(value)))).json.meta.total, 0, `${name}=${value}`)
    }
  })

  await t.test('bytes that are no text and numbers that are none, in any parameter', async t => {
    t.same(await survive(rawValues.flatMap(value => parameters.map(name => query(name, value)))), [])
    t.same(await survive(rawValues.flatMap(value => ['by', 'sort', 'page', 'pageSize', 'state'].flatMap(name => paths.map(path => query(name, value, path))))), [])
    t.same(await survive(rawValues.flatMap(value => [`/smallholders/${value}`, `/${value}`, `/snapshots/${value}`])), [])
  })

  await t.test('names that objects have, and brackets, are unknown parameters', async t => {
    for (const name of names) {
      t.equal((await send(service, query(name, '1'))).status, 400, name)
      t.equal((await send(service, `${query(name, '1')}&${name}=2`)).status, 400, `${name}, repeated`)
    }
    for (const value of ['__proto__', 'constructor', 'toString']) {
      for (const path of [query('sort', value), query('fields', value), query('by', value, '/aggregates'), query('state', value), query('scheme', value)]) t.equal((await send(service, path)).status, 400, path)
    }
  })

  await t.test('each parameter twice', async t => {
    t.same(await survive(parameters.map(name => `/smallholders?${name}=1&${name}=2`)), [])
  })

  await t.test('values of 10 kB', async t => {
    t.same(await survive(parameters.flatMap(name => [query(name, 'a'.repeat(10_000)), query(name, '1'.repeat(10_000)), query(name, ','.repeat(10_000)), query(name, '%27'.repeat(3000))])), [])
  })

  await t.test('lists of 200 and of 5,000 values', async t => {
    for (const count of [200, 5000]) {
      const list = Array.from({ length: count }, (_, index) => index + 1)
      for (const [name, expected] of [['entity_smallholder_id', 6], ['cert_no', 0], ['district', 5], ['entity_name', 0]] as const) {
        const { status, text } = await send(service, query(name, list.join(',')))
        t.same([status, JSON.parse(text).meta?.total], [200, expected], `${count} values of ${name}`)
      }
    }
    t.same(await survive([query('state', Array(5000).fill(1).join(',')), query('sort', Array(5000).fill('name').join(',')), `/smallholders?${'cert_no=a&'.repeat(3000)}`]), [])
  })

  await t.test('a page far beyond the last is empty', async t => {
    for (const path of ['/smallholders?page=1000000000&pageSize=1000', '/aggregates?by=state&page=1000000000', '/smallholders?sort=name&page=1000000000']) {
      const { status, json } = await service.get(path)
      t.same([status, json.data], [200, []], path)
    }
    t.same((await service.get('/api/osh/all-smallholder?page=1000000000&pageSize=1000000000')).json.data.data, [])
    t.equal((await service.get('/smallholders?page=1000000001')).status, 400)
  })

  await t.test('all filters and all sort keys at once', async t => {
    const all = filters.map(name => query(name, name === 'bbox' ? '1,1,2,2' : name === 'near' ? '1,1' : /isnull|location/.test(name) ? 'true' : /_at__/.test(name) ? '2025-01-01' : name.startsWith('scheme') ? 'FELDA' : '1').split('?')[1]).join('&')
    const { status, json } = await service.get(`/smallholders?${all}&sort=${plotFields.join(',')}&fields=${plotFields.join(',')}`)
    t.same([status, json.data], [200, []])
  })

  await t.test('a very long path, a very long id and a very long header', async t => {
    t.same(await survive([`/smallholders/${'1'.repeat(90)}`, `/smallholders/${'a'.repeat(10_000)}`, `/${'a/'.repeat(10_000)}`, `/snapshots/${'9'.repeat(90)}`]), [])
    const { status, headers } = await send(service, '/smallholders', { headers: { 'x-long': 'a'.repeat(70_000) } })
    t.same([status, headers['content-type']], [431, 'application/problem+json'])
    t.equal((await send(service, '/smallholders', { headers: { 'if-none-match': '"a", '.repeat(5000) } })).status, 200)
  })

  await t.test('the service answers afterwards as before', async t => {
    t.equal((await service.get('/smallholders')).json.meta.total, 6)
    t.equal((await service.get('/health')).status, 200)
  })
})
