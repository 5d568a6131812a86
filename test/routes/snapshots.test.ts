import t from 'tap'
import { placeSnapshot, selectOthers } from '../helpers/parquet.js'
import { startService } from '../helpers/service.js'
import { makeRecords } from '../ingest/helpers.js'

t.test('GET /snapshots lists all days, newest first, without pages', async t => {
  const service = await startService(t)
  const days = Array.from({ length: 31 }, (_, index) => `202601${String(index + 1).padStart(2, '0')}`)
  for (const day of days) await placeSnapshot(`${service.folder}/snapshots`, day, selectOthers({ rows: 1 }))
  await service.parts.catalog.refresh()
  const { status, json } = await service.get('/snapshots')
  t.equal(status, 200)
  t.strictSame(json.data.map(({ date }: { date: string }) => date), days.reverse().map(day => `2026-01-${day.slice(6)}`))
  t.match(json.meta, { total: 31 })
  t.match(json.data[0], { snapshot: /^20260131\.[A-Za-z0-9-]+$/, rows: 1, sizeBytes: Number, publishedAt: /^\d{4}-\d\d-\d\dT.*Z$/ })
  t.equal(json.data[1].rows, null, 'only its name is known yet')
  await service.get('/snapshots/2026-01-30')
  t.equal((await service.get('/snapshots')).json.data[1].rows, 1)
})

t.test('GET /snapshots?from=&to= lists the days of a range, and with missing=true those that nobody fetched', async t => {
  const service = await startService(t)
  for (const day of ['20260227', '20260228', '20260302', '20260305']) await placeSnapshot(`${service.folder}/snapshots`, day, selectOthers())
  await service.parts.catalog.refresh()
  const datesOf = async (query: string) => (await service.get(`/snapshots?${query}`)).json.data.map(({ date }: { date: string }) => date)
  t.strictSame(await datesOf('from=2026-02-28&to=20260302'), ['2026-03-02', '2026-02-28'])
  t.strictSame(await datesOf('from=2026-03-01'), ['2026-03-05', '2026-03-02'])
  t.strictSame(await datesOf('to=2026-02-27'), ['2026-02-27'])
  t.strictSame(await datesOf('missing=true'), ['2026-03-04', '2026-03-03', '2026-03-01'])
  t.strictSame(await datesOf('missing=true&from=2026-02-25&to=2026-03-02'), ['2026-03-01', '2026-02-26', '2026-02-25'])
  t.strictSame(await datesOf('missing=true&from=latest&to=2026-03-07'), ['2026-03-07', '2026-03-06'], 'also after the latest')
  t.strictSame((await service.get('/snapshots?missing=true&to=2026-03-03')).json, {
    data: ['2026-03-03', '2026-03-01'].map(date => ({ date, snapshot: null, rows: null, sizeBytes: null, publishedAt: null })),
    meta: { total: 2 },
    links: { self: '/snapshots?missing=true&to=2026-03-03' },
  })
  const wrong: [query: string, parameter: string][] = [['from=2026-03-02&to=2026-03-01', 'from'], ['from=0001-01-01&missing=true', 'from'], ['from=yesterday', 'from'], ['missing=1', 'missing'], ['too=1', 'too']]
  for (const [query, parameter] of wrong) {
    t.match((await service.get(`/snapshots?${query}`)).json, { status: 400, errors: [{ parameter }] }, query)
  }
})

t.test('GET /snapshots of an empty store is an empty list', async t => {
  const service = await startService(t)
  t.strictSame((await service.get('/snapshots')).json, { data: [], meta: { total: 0 }, links: { self: '/snapshots' } })
  for (const path of ['/snapshots/latest', '/snapshots/2026-01-01']) t.match((await service.get(path)).json, { status: 503, code: 'OSH_NO_SNAPSHOT' })
})

t.test('GET /snapshots/{date} takes a day in either form, latest, or an exact revision', async t => {
  const service = await startService(t, { records: makeRecords(10) })
  const { json: { snapshot, date } } = await service.ingest()
  const forms = [date, date.replaceAll('-', ''), 'latest', snapshot]
  const answers = await Promise.all(forms.map(form => service.get(`/snapshots/${form}`)))
  for (const { status, json } of answers) {
    t.equal(status, 200)
    t.strictSame(json.data, answers[0]?.json.data)
  }
  t.match(answers[0]?.json, { data: { date, snapshot, rows: 10, rejects: 0 }, links: { self: `/snapshots/${date}` } })
})

t.test('a day that is not there is 404 and names the nearest days', async t => {
  const service = await startService(t)
  for (const day of ['20260101', '20260105', '20260109']) await placeSnapshot(`${service.folder}/snapshots`, day, selectOthers())
  await service.parts.catalog.refresh()
  const nearest: [day: string, earlier: string | null, later: string | null][] = [
    ['2026-01-03', '2026-01-01', '2026-01-05'], ['20260106', '2026-01-05', '2026-01-09'], ['2025-12-31', null, '2026-01-01'], ['2026-02-01', '2026-01-09', null],
  ]
  for (const [day, earlier, later] of nearest) {
    for (const path of [`/snapshots/${day}`, `/smallholders?snapshot=${day}`, `/snapshots/${day.replaceAll('-', '')}.abc`]) {
      const { status, json } = await service.get(path)
      t.equal(status, 404, path)
      t.match(json, { code: 'OSH_SNAPSHOT_NOT_FOUND', earlier, later })
    }
  }
})

t.test('a revision that never was is 410 with the one that is, and what is no day is 400', async t => {
  const service = await startService(t, { records: makeRecords(10) })
  const { json: { snapshot } } = await service.ingest()
  t.match((await service.get(`/snapshots/${snapshot}x`)).json, { status: 410, code: 'OSH_SNAPSHOT_REPLACED', snapshot })
  for (const date of ['2026-02-30', 'yesterday', '2026', '20261', '%00', '..%2f..']) {
    t.match((await service.get(`/snapshots/${date}`)).json, { status: 400, errors: [{ parameter: 'date' }] }, date)
  }
  t.equal((await service.get('/snapshots?page=1')).status, 400)
})

t.test('the list and the details have an ETag that changes with what they say', async t => {
  const service = await startService(t, { records: makeRecords(10) })
  await service.ingest()
  for (const path of ['/snapshots', '/snapshots/latest']) {
    const { headers } = await service.get(path)
    const etag = headers.get('etag') ?? ''
    const known = await service.get(path, { headers: { 'if-none-match': etag } })
    t.strictSame([known.status, known.text], [304, ''])
    service.upstream.setRecords(makeRecords(12))
    await service.ingest()
    const changed = await service.get(path, { headers: { 'if-none-match': etag } })
    t.equal(changed.status, 200)
    t.not(changed.headers.get('etag'), etag)
    service.upstream.setRecords(makeRecords(10))
    await service.ingest()
  }
})
