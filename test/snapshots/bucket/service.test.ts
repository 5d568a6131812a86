import t, { type Test } from 'tap'
import { openPlace, type Place } from '../../gcs/place.js'
import { startService, type Service, type ServiceSettings } from '../../helpers/service.js'
import { makeRecords, until } from '../../ingest/helpers.js'
import { findForbidden, urlOf } from '../gcs-helpers.js'

const records = makeRecords(30)

/** The service over a place in a bucket. */
async function startOver (t: Test, place: Place, settings: ServiceSettings = {}): Promise<Service> {
  const { endpoint } = place
  const environment = { SNAPSHOT_STORE: urlOf(place), SNAPSHOT_REFRESH_SECONDS: '0.1', ...(endpoint !== undefined && { GCS_ENDPOINT: endpoint }) }
  return await startService(t, { records, ...settings, environment })
}

const snapshotOf = async ({ get }: Service) => (await get('/smallholders')).json.meta?.snapshot

t.test('a register is ingested into a bucket and answered from it, and a second process answers the same', async t => {
  const place = await openPlace(t)
  const one = await startOver(t, place)
  t.match((await one.get('/smallholders')).json, { status: 503, code: 'OSH_NO_SNAPSHOT', detail: /POST \/ingest/ })
  const { status, json } = await one.ingest()
  t.match([status, json.outcome], [201, 'published'])
  const [name = ''] = await place.names()
  t.equal(`${json.date.replaceAll('-', '')}.${(await place.get(name)).generation}`, json.snapshot, 'the revision is the generation')
  t.equal((await one.get('/smallholders?pageSize=1000')).json.meta.total, records.length)
  t.equal((await one.ingest()).json.outcome, 'unchanged')
  const other = await startOver(t, place)
  t.equal(await snapshotOf(other), json.snapshot)
  t.match((await other.get('/snapshots/latest')).json.data, { snapshot: json.snapshot, rows: records.length, source: one.upstream.url })
  if (place.double !== undefined) t.strictSame(findForbidden(place.double.requests), [])
})

t.test('a day that is replaced while its pages are walked: 410 for the old revision, then a fresh walk', async t => {
  const place = await openPlace(t)
  const [reader, writer] = [await startOver(t, place), await startOver(t, place)]
  await writer.ingest()
  await until(async () => (await reader.get('/ready')).status === 200)
  const first = await reader.get('/smallholders?pageSize=10')
  writer.upstream.setRecords(makeRecords(31))
  const { json } = await writer.ingest()
  t.equal(json.outcome, 'published')
  await until(async () => await snapshotOf(reader) === json.snapshot)
  t.match((await reader.get(first.json.links.next)).json, { status: 410, code: 'OSH_SNAPSHOT_REPLACED', snapshot: json.snapshot })
  const ids = new Set<number>()
  let next: string | null = '/smallholders?pageSize=10'
  while (next !== null) {
    const page = await reader.get(next)
    for (const plot of page.json.data) ids.add(plot.entity_smallholder_id)
    next = page.json.links.next
  }
  t.equal(ids.size, 31)
})

for (const contents of ['the same register', 'different registers']) {
  t.test(`three processes ingest ${contents} at once: one object, and all serve the newest within one refresh`, async t => {
    const place = await openPlace(t)
    const services = await Promise.all([0, 1, 2].map(extra => startOver(t, place, { records: contents === 'the same register' ? records : makeRecords(30 + extra) })))
    const reports = (await Promise.all(services.map(service => service.ingest()))).map(({ json }) => json)
    t.ok(reports.every(({ outcome }) => ['published', 'unchanged', 'superseded'].includes(outcome)), JSON.stringify(reports.map(({ outcome }) => outcome)))
    const [name = '', ...others] = await place.names()
    t.strictSame(others, [])
    const { generation, metadata } = await place.get(name)
    await until(async () => (await Promise.all(services.map(snapshotOf))).every(snapshot => String(snapshot).endsWith(`.${generation}`)))
    const fetchedAt = await Promise.all(services.map(async ({ get }) => (await get('/snapshots/latest')).json.data.fetchedAt))
    t.strictSame(new Set(fetchedAt), new Set([metadata['fetchedAt']]))
    if (place.double !== undefined) t.strictSame(findForbidden(place.double.requests), [])
  })
}

t.test('a snapshot that another process publishes is served after a refresh, the same to the last byte', async t => {
  const place = await openPlace(t)
  const [writer, reader] = [await startOver(t, place), await startOver(t, place)]
  const { json } = await writer.ingest()
  await until(async () => await snapshotOf(reader) === json.snapshot)
  for (const path of ['/smallholders?pageSize=1000', '/aggregates/states', '/snapshots/latest', '/api/osh/all-smallholder']) {
    t.equal((await reader.get(path)).text, (await writer.get(path)).text, path)
  }
})
