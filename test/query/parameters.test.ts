import t from 'tap'
import { startService } from '../helpers/service.js'
import { fixture } from './fixture.js'

t.test('a parameter that is wrong is a 400 that says what is right', async t => {
  const service = await startService(t, { records: fixture })
  await service.ingest()

  const refuse = async (path: string) => {
    const { status, headers, json } = await service.get(path)
    t.equal(status, 400, path)
    t.equal(headers.get('content-type')?.split(';')[0], 'application/problem+json', path)
    t.match(json, { type: String, title: String, status: 400, detail: String, instance: String }, path)
    return json.errors
  }

  await t.test('an unknown parameter names the nearest known one', async t => {
    for (const [path, parameter, nearest] of [['/smallholders?stat=1', 'stat', 'state'], ['/smallholders?pagesize=5', 'pagesize', 'pageSize'], ['/smallholders?sate__ne=1', 'sate__ne', 'state__ne'],
      ['/smallholders?planted_area_gte=1', 'planted_area_gte', 'planted_area__gte'], ['/aggregates?bye=state', 'bye', 'by'], ['/smallholders/1?snapshoot=latest', 'snapshoot', 'snapshot']]) {
      const [error] = await refuse(String(path))
      t.equal(error.parameter, parameter)
      t.match(error.detail, new RegExp(`\\b${nearest}\\?`))
      t.ok(error.allowed.includes(nearest), 'the known ones are listed')
    }
  })

  await t.test('an unknown state lists the known ones', async t => {
    for (const path of ['/smallholders?state=Johore', '/smallholders?state=17', '/aggregates?state__ne=0', '/smallholders?state=1,Singapore', '/aggregates/schemes?state=1.0', '/api/osh/all-smallholder?state=99']) {
      const [error] = await refuse(path)
      t.equal(error.allowed.length, 32, 'ids and names')
      t.ok(error.allowed.includes('Johor') && error.allowed.includes(16))
    }
  })

  await t.test('an unknown scheme lists the known ones', async t => {
    for (const path of ['/smallholders?scheme=KEDAH', '/smallholders?scheme__ne=FEL', '/aggregates?scheme=FELDA,NONE']) {
      const [error] = await refuse(path)
      t.equal(error.allowed.length, 12)
      t.ok(error.allowed.includes('KEDA') && error.allowed.includes('OTHER'))
    }
  })

  await t.test('every wrong parameter is named, not only the first', async t => {
    const errors = await refuse('/smallholders?foo=1&page=0&has_location=maybe')
    t.same(errors.map((error: { parameter: string }) => error.parameter).sort(), ['foo', 'has_location', 'page'])
  })

  await t.test('a choice says what it takes', async t => {
    const [error] = await refuse('/smallholders?has_location=yes')
    t.same([error.parameter, error.allowed], ['has_location', ['true', 'false']])
  })

  const empty = ['state=', 'state__ne=', 'district=', 'scheme=', 'cert_status=', 'entity_code=', 'entity_name=', 'name__icontains=', 'q=', 'planted_area__gte=', 'created_at__lt=', 'has_location=', 'mpob_no__isnull=',
    'bbox=', 'near=&radius_m=1', 'near=1,1&radius_m=', 'sort=', 'fields=', 'page=', 'pageSize=', 'snapshot=', 'state', 'state=1,', 'state=,1', 'cert_no=,', 'cert_no=a,,b', 'state=1&state=', 'lot_no=%20']
  for (const query of empty) await t.test(`an empty value is refused: ${query}`, () => refuse(`/smallholders?${query}`))

  const malformed = ['page=0', 'page=-1', 'page=1.5', 'page=one', 'page=1&page=2', 'pageSize=0', 'pageSize=1001', 'pageSize=1e4', 'planted_area__gte=big', 'planted_area__gte=3,5', 'planted_area__gte=NaN',
    'planted_area__gte=1e308', 'planted_area__gte=1&planted_area__gte=2', 'created_at__gte=yesterday', 'created_at__gte=2025-02-30', 'created_at__gte=2025-13-01', 'created_at__gte=2025-01-01T25:00:00Z', 'created_at__gte=20250101',
    'mpob_no__isnull=1', 'has_location=TRUE', 'bbox=1,2,3', 'bbox=1,2,3,4,5', 'bbox=a,b,c,d', 'bbox=104,1,103,2', 'bbox=103,2,104,1', 'near=103,3', 'radius_m=5', 'near=3&radius_m=1', 'near=3.8,103.3&radius_m=1', 'near=103,3&radius_m=-1',
    'sort=nme', 'sort=name,name', 'sort=name,-name', 'sort=--name', 'sort=-', 'sort=json', 'sort=row', 'sort=has_location', 'fields=nme', 'fields=name,name', 'fields=*', 'fields=json', 'entity_smallholder_id=abc', 'q=a&q=b',
    'snapshot=2026-02-30', 'snapshot=2026-13-01', 'snapshot=yesterday', 'snapshot=2026-11', 'snapshot=20261123.', 'snapshot=..%2F..', 'snapshot=latest&snapshot=latest', 'by=state']
  for (const query of malformed) await t.test(`what is malformed or out of range is refused: ${query}`, () => refuse(`/smallholders?${query}`))

  for (const query of ['by=', 'by=country', 'by=state,state', 'by=state,scheme,entity,cert_no', 'sort=name', 'by=state&sort=scheme', 'fields=state', 'by=state&pageSize=1001']) {
    await t.test(`what totals do not take is refused: ${query}`, () => refuse(`/aggregates?${query}`))
  }

  await t.test('the states and schemes that everybody asks for are grouped already', async () => {
    await refuse('/aggregates/states?by=state')
    await refuse('/aggregates/schemes?by=scheme')
  })

  await t.test('an infinite number is refused', async () => {
    for (const path of ['/smallholders?page=Infinity', '/smallholders?pageSize=Infinity', '/smallholders?planted_area__gte=Infinity', '/smallholders?planted_area__lt=-Infinity', '/smallholders?near=104,1.7&radius_m=Infinity',
      '/aggregates?page=Infinity', '/aggregates/states?pageSize=Infinity', '/api/osh/all-smallholder?page=Infinity', '/api/osh/all-smallholder?pageSize=Infinity']) await refuse(path)
  })

  await t.test('an id that is no whole number is refused', async () => {
    for (const id of ['abc', '1.5', '1abc', '99999999999999999999', 'NaN']) await refuse(`/smallholders/${id}`)
  })
})
