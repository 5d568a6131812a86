import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { follow, placeDay, removeDay, type SmallDay } from '../history/days.js'
import { startService, type Service } from '../helpers/service.js'
import { until } from '../ingest/helpers.js'

const plot = { entity_smallholder_id: 7, updated_at: '2026-01-01T00:00:00.000Z' }
const other = { entity_smallholder_id: 9, state: 'Kedah', stateId: 2, planted_area: '10.0000' }

const days: readonly SmallDay[] = [
  { day: '20260101', records: [plot, other], lacking: ['track_id'] },
  { day: '20260102', records: [{ ...plot, updated_at: '2026-01-02T00:00:00.000Z' }, { ...other, name: ' BENU ', planted_area: '10.0' }], lacking: [] },
  { day: '20260104', records: [{ ...plot, cert_status: 'EXPIRED', updated_at: '2026-01-04T00:00:00.000Z' }], lacking: ['mpob_no'] },
  { day: '20260105', records: [{ ...plot, cert_status: 'EXPIRED', updated_at: '2026-01-04T00:00:00.000Z' }, { entity_smallholder_id: 11, name: '=1+1' }], lacking: [] },
  { day: '20260106', records: [{ ...plot, cert_status: 'EXPIRED', updated_at: '2026-01-04T00:00:00.000Z' }, { entity_smallholder_id: 11, name: '=1+1' }, other], lacking: [] },
]

async function startWithDays (t: Parameters<typeof startService>[0]): Promise<Service> {
  const service = await startService(t)
  for (const day of days) await placeDay(join(service.folder, 'snapshots'), day)
  await follow(service)
  return service
}

t.test('time', async t => {
  const service = await startWithDays(t)
  const { get } = service

  t.test('a plot\'s history has an entry for each version and for each stay', async t => {
    const { json } = await get('/smallholders/9/history')
    t.match(json.data, [
      { first_seen: '2026-01-01', last_seen: '2026-01-02', current: false, plot: { entity_smallholder_id: 9, track_id: 'T1' } },
      { first_seen: '2026-01-06', last_seen: '2026-01-06', current: true },
    ], 'spaces, another way to write a number and a column that comes later make no version')
    t.match(json.meta, { total: 2, from: '2026-01-01', to: '2026-01-06', days: 5 })
    t.match((await get('/smallholders/7/history')).json.data.map((version: { first_seen: string }) => version.first_seen), ['2026-01-01', '2026-01-04'])
    t.match((await get('/smallholders/7/history?include=updated_at')).json.data.map((version: { first_seen: string }) => version.first_seen), ['2026-01-01', '2026-01-02', '2026-01-04'])
  })

  t.test('a plot that was never there is a 404', async t => {
    const { status, json } = await get('/smallholders/8/history')
    t.match({ status, json }, { status: 404, json: { code: 'OSH_PLOT_NOT_FOUND', detail: 'No snapshot from 2026-01-01 to 2026-01-06 has a plot 8.' } })
  })

  t.test('whose certificate lapsed in Johor is one request', async t => {
    const { json } = await get('/changes?field=cert_status&state=1&from=2026-01-01')
    t.match(json, {
      data: [{ type: 'changed', entity_smallholder_id: 7, changes: { cert_status: ['ACTIVE', 'EXPIRED'] }, before: { cert_status: 'ACTIVE', track_id: null }, after: { cert_status: 'EXPIRED' } }],
      meta: { total: 1, fromDate: '2026-01-01', toDate: '2026-01-06', from: /^20260101\./, to: /^20260106\./, summary: { added: 0, removed: 0, changed: 1, fields: { cert_status: 1 } } },
    })
    t.strictSame(Object.keys(json.data[0].changes), ['cert_status'], 'a column that one of the days lacks does not change')
  })

  t.test('without from and to it is what the latest snapshot changed', async t => {
    const { json } = await get('/changes')
    t.match(json.meta, { fromDate: '2026-01-05', toDate: '2026-01-06', total: 1, summary: { added: 1, removed: 0, changed: 0 } })
    t.match(json.data, [{ type: 'added', entity_smallholder_id: 9, changes: {}, before: null }])
    t.match((await get('/changes?to=2026-01-04')).json.meta, { fromDate: '2026-01-02', summary: { added: 0, removed: 1, changed: 1 } }, 'from is the nearest snapshot before')
  })

  t.test('type, field and filters narrow, and the summary is of what is left', async t => {
    const total = async (query: string) => (await get(`/changes?from=2026-01-02&to=2026-01-05&${query}`)).json.meta
    t.match(await total(''), { total: 3, summary: { added: 1, removed: 1, changed: 1 } })
    t.match(await total('type=added,removed'), { total: 2, summary: { added: 1, removed: 1, changed: 0 } })
    t.match(await total('state=Kedah'), { total: 1, summary: { removed: 1 } }, 'a plot that has gone matches by what it was')
    t.match(await total('cert_status=ACTIVE'), { total: 3 }, 'a plot matches before or after')
    t.match(await total('field=name'), { total: 0 })
    t.match(await total('field=updated_at'), { total: 1, summary: { fields: { updated_at: 1, cert_status: 1 } } })
  })

  t.test('links carry both days in exact form and lead through all pages', async t => {
    const first = (await get('/changes?from=2026-01-02&to=20260105&pageSize=2&sort=-type')).json
    t.match(first.links.next, /from=20260102\.[^&]+&to=20260105\..*page=2|page=2/)
    t.match(first.links.next, /from=20260102\./)
    const second = (await get(first.links.next)).json
    t.strictSame([...first.data, ...second.data].map(change => [change.type, change.entity_smallholder_id]), [['removed', 9], ['changed', 7], ['added', 11]])
    const exact = await get(first.links.self)
    t.match(exact.headers.get('cache-control'), /immutable/)
  })

  t.test('changes come in every format', async t => {
    const csv = await get('/changes?from=2026-01-02&to=2026-01-05&format=csv&fields=name,cert_status')
    t.equal(csv.text, [
      'type,entity_smallholder_id,changes,before_name,after_name,before_cert_status,after_cert_status',
      'changed,7,"{""cert_status"":[""ACTIVE"",""EXPIRED""]}",BENU,BENU,ACTIVE,EXPIRED',
      'removed,9,{},BENU,,ACTIVE,',
      'added,11,{},,\'=1+1,,ACTIVE', ''].join('\r\n'))
    t.match(csv.headers.get('content-disposition'), /changes_2026-01-06_.*\.csv/)
    const lines = (await get('/changes?from=2026-01-02&to=2026-01-05&format=ndjson')).text.trim().split('\n').map(line => JSON.parse(line))
    t.same(lines, (await get('/changes?from=2026-01-02&to=2026-01-05')).json.data)
    const geojson = (await get('/changes?from=2026-01-02&to=2026-01-05&format=geojson')).json
    t.match(geojson.features, [{ id: 7, geometry: { coordinates: [104.1, 1.7] }, properties: { type: 'changed' } }, { id: 9 }, { id: 11 }])
    t.equal((await get('/changes?format=parquet')).text.slice(0, 4), 'PAR1')
  })

  t.test('trends have the totals of every snapshot, and invent no day', async t => {
    const { json } = await get('/trends?by=state')
    t.strictSame(json.data.map((row: { date: string, state: string, planted_area: number }) => [row.date, row.state, row.planted_area]), [
      ['2026-01-01', 'Johor', 3.5], ['2026-01-01', 'Kedah', 10], ['2026-01-02', 'Johor', 3.5], ['2026-01-02', 'Kedah', 10],
      ['2026-01-04', 'Johor', 3.5], ['2026-01-05', 'Johor', 7], ['2026-01-06', 'Johor', 7], ['2026-01-06', 'Kedah', 10]])
    t.match(json.meta, { total: 8, days: 5, by: ['state'], fromDate: '2026-01-01', toDate: '2026-01-06', page: 1, pages: 1 })
    t.match((await get('/trends?cert_status=EXPIRED')).json.data, [{ smallholders: 0, planted_area: 0 }, { smallholders: 0 }, { smallholders: 1 }, { smallholders: 1 }, { smallholders: 1 }], 'without by there is a row for each day')
    t.match((await get('/trends?by=state&pageSize=3&page=3')).json, { data: [{ date: '2026-01-06' }, { date: '2026-01-06' }], meta: { pages: 3 }, links: { next: null } })
    t.equal((await get('/trends?by=state&sort=-date,-planted_area')).json.data[0].state, 'Kedah')
    t.match((await get('/trends?by=state&format=csv&from=2026-01-06')).text, 'date,stateId,state,smallholders,planted_area,certified_area,active,expired,delayed,other\r\n2026-01-06,1,Johor,2,7.0,6.5,1,1,0,0\r\n2026-01-06,2,Kedah,1,10.0,3.25,1,0,0,0\r\n')
    t.equal((await get('/trends?by=cert_no&format=parquet')).text.slice(0, 4), 'PAR1')
  })

  t.test('a feed tells what the latest days changed, for any filter', async t => {
    const { json, headers } = await get('/changes/feed')
    t.match(headers.get('content-type'), 'application/feed+json')
    t.match(json, { version: 'https://jsonfeed.org/version/1.1', feed_url: '/changes/feed' })
    t.strictSame(json.items.map(({ title }: { title: string }) => title), [
      '2026-01-06: 1 plots added, 0 removed, 0 changed', '2026-01-05: 1 plots added, 0 removed, 0 changed', '2026-01-04: 0 plots added, 1 removed, 1 changed'])
    t.match(json.items[2].content_text, 'cert_status: 1 plots')
    t.equal((await get(json.items[2].url)).json.meta.total, 2)
    t.equal((await get('/changes/feed?state=Kedah')).json.items.length, 2)
  })

  t.test('a snapshot says how it compares with the day before', async t => {
    const { json } = await get('/snapshots/2026-01-04')
    t.match(json.data.comparison, {
      date: '2026-01-02',
      rows: [2, 1],
      smallholders: [2, 1],
      planted_area: [13.5, 3.5],
      active: [2, 0],
      expired: [0, 1],
      added: 0,
      removed: 1,
      changed: 1,
      nulls: { mpob_no: [2, 1] },
      appeared: [],
      vanished: [],
      unusual: [],
      rule: /median/,
    })
    t.equal((await get('/snapshots/2026-01-01')).json.data.comparison, null)
  })

  t.test('wrong days are told', async t => {
    t.match((await get('/changes?from=2026-01-03')).json, { status: 404, code: 'OSH_SNAPSHOT_NOT_FOUND', earlier: '2026-01-02', later: '2026-01-04' })
    t.match((await get('/changes?to=2026-01-01')).json, { status: 404, detail: 'There is no snapshot before 2026-01-01 to compare it with.' })
    t.match((await get('/changes?from=2026-01-05&to=2026-01-02')).json, { status: 400, errors: [{ parameter: 'from' }] })
    t.match((await get('/trends?from=20260102.0-0')).json, { status: 410 })
    t.match((await get('/changes?type=moved')).json, { status: 400, errors: [{ parameter: 'type', allowed: ['added', 'removed', 'changed'] }] })
    t.match((await get('/trends?by=name')).json, { status: 400, errors: [{ parameter: 'by' }] })
    t.match((await get('/smallholders/7/history?include=name')).json, { status: 400 })
  })

  t.test('an answer is given again without a query, until a day comes', async t => {
    const path = '/trends?by=cert_status'
    const { headers } = await get(path)
    const again = await get(path, { headers: { 'if-none-match': headers.get('etag') ?? '' } })
    t.equal(again.status, 304)
    await placeDay(join(service.folder, 'snapshots'), { day: '20260107', records: [plot], lacking: [] })
    await follow(service)
    const { status, json } = await get(path, { headers: { 'if-none-match': headers.get('etag') ?? '' } })
    t.equal(status, 200)
    t.equal(json.meta.days, 6)
    await removeDay(join(service.folder, 'snapshots'), '20260107')
    await follow(service)
    t.equal((await get(path)).json.meta.days, 5)
  })
})

t.test('while the history is being built its routes say how far it is, and all others answer', async t => {
  const service = await startService(t)
  await placeDay(join(service.folder, 'snapshots'), { day: '20260101', records: [plot], lacking: [] })
  await follow(service)
  const { store } = service.parts
  const read = store.read.bind(store)
  let go = () => {}
  const gate = new Promise<void>(resolve => { go = resolve })
  store.read = async (stored, use) => {
    if (stored.day === '20260102') await gate
    return await read(stored, use)
  }
  await placeDay(join(service.folder, 'snapshots'), { day: '20260102', records: [other], lacking: [] })
  await placeDay(join(service.folder, 'snapshots'), { day: '20260103', records: [plot, other], lacking: [] })
  await service.parts.catalog.refreshAfterPublishing()
  const { status, headers, json } = await service.get('/changes')
  t.match({ status, json }, { status: 503, json: { code: 'OSH_HISTORY_BUILDING', days: 1, of: 3, detail: 'The history has 1 of 3 days so far; try again shortly.' } })
  t.ok(Number(headers.get('retry-after')) >= 1)
  t.match((await service.get('/ready')).json, { status: 'ready', history: { days: 1, of: 3, isReady: false } })
  t.match((await service.get('/snapshots/2026-01-03')).json.data, { date: '2026-01-03', comparison: null })
  t.equal((await service.get('/smallholders')).json.meta.total, 2)
  go()
  t.match((await service.get('/changes')).json.meta, { summary: { added: 1, removed: 0 } })
})

t.test('a snapshot that cannot be read is as if it were not there', async t => {
  const service = await startWithDays(t)
  const folder = join(service.folder, 'snapshots', '20260103')
  await mkdir(folder)
  await writeFile(join(folder, 'all-smallholder.parquet'), 'no Parquet file')
  await follow(service)
  t.match((await service.get('/changes?to=2026-01-04')).json.meta, { fromDate: '2026-01-02' })
  t.equal((await service.get('/trends')).json.meta.days, 5)
  t.match((await service.get('/trends?from=2026-01-03')).json, { status: 503, code: 'OSH_SNAPSHOT_UNREADABLE' })
})

t.test('a day that could not be folded for want of memory is folded later', async t => {
  const service = await startWithDays(t)
  const { store } = service.parts
  const read = store.read.bind(store)
  let failures = 0
  store.read = async (stored, use) => {
    if (stored.day !== '20260107' || failures++ > 1) return await read(stored, use)
    throw new Error('Out of Memory Error: could not allocate block')
  }
  await placeDay(join(service.folder, 'snapshots'), { day: '20260107', records: [plot], lacking: [] })
  await service.parts.catalog.refreshAfterPublishing().catch(() => undefined)
  t.equal((await service.get('/trends')).status, 503)
  await follow(service)
  t.equal((await service.get('/trends')).json.meta.days, 6)
})

t.test('a file that is replaced while it is folded is folded once, as it is then', async t => {
  const service = await startWithDays(t)
  const { store } = service.parts
  const read = store.read.bind(store)
  const folder = join(service.folder, 'snapshots')
  let replacements = 0
  store.read = async (stored, use, options) => await read(stored, async path => {
    const result = await use(path)
    // The latest day is loaded for the catalog first.
    if (stored.day === '20260107' && options?.once === true && replacements++ === 0) {
      await placeDay(folder, { day: '20260107', records: [plot, { ...other, name: 'AFTER', cert_no: 'C22' }], lacking: [] })
    }
    return result
  }, options)
  await placeDay(folder, { day: '20260107', records: [{ ...plot, name: 'BEFORE' }], lacking: [] })
  await service.parts.catalog.refreshAfterPublishing()
  await until(() => replacements > 0)
  await follow(service)
  t.match((await service.get('/smallholders/7/history')).json.data.at(-1), { last_seen: '2026-01-07', current: true, plot: { name: 'BENU' } })
  t.notMatch((await service.get('/smallholders/7/history')).text, 'BEFORE', 'nothing is left of what was there before')
  t.match((await service.get('/trends?from=2026-01-07')).json.data, [{ smallholders: 2 }])
})

t.test('an area that no total can hold takes nothing from the totals of other plots', async t => {
  const service = await startService(t)
  const folder = join(service.folder, 'snapshots')
  const others = [{ entity_smallholder_id: 2, planted_area: '2.5' }]
  await placeDay(folder, { day: '20260101', records: [{ entity_smallholder_id: 1, planted_area: '1e30' }, { entity_smallholder_id: 3, planted_area: '2' }, ...others], lacking: [] })
  await placeDay(folder, { day: '20260102', records: [{ entity_smallholder_id: 1, planted_area: '1.25' }, { entity_smallholder_id: 3, planted_area: '3' }, ...others], lacking: [] })
  await follow(service)
  t.match((await service.get('/trends')).json.data, [{ smallholders: 3, planted_area: 4.5 }, { smallholders: 3, planted_area: 6.75 }])
})

t.test('what is far from usual is told', async t => {
  const service = await startService(t)
  const records = Array.from({ length: 20 }, (_, index) => ({ entity_smallholder_id: index, cert_status: 'ACTIVE' }))
  for (let day = 10; day < 20; day++) await placeDay(join(service.folder, 'snapshots'), { day: `202601${day}`, records, lacking: [] })
  await placeDay(join(service.folder, 'snapshots'), { day: '20260120', records: records.map((record, index) => ({ ...record, cert_status: index < 8 ? 'EXPIRED' : 'ACTIVE' })), lacking: [] })
  await follow(service)
  t.strictSame((await service.get('/snapshots/2026-01-20')).json.data.comparison.unusual, [
    { measure: 'active', value: -8, usual: 0, limit: 0.1 },
    { measure: 'expired', value: 8, usual: 0, limit: 0.1 },
    { measure: 'changed', value: 8, usual: 0, limit: 0.1 },
  ])
  t.strictSame((await service.get('/snapshots/2026-01-19')).json.data.comparison.unusual, [])
})

t.test('without any snapshot the routes say so', async t => {
  const { get } = await startService(t)
  for (const path of ['/changes', '/trends', '/smallholders/1/history', '/changes/feed']) t.match((await get(path)).json, { status: 503, code: 'OSH_NO_SNAPSHOT' }, path)
})
