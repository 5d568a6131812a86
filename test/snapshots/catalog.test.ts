import { rename, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { captureLog, until } from '../ingest/helpers.js'
import { placeSnapshot, selectOthers } from '../helpers/parquet.js'
import { startService, type Service } from '../helpers/service.js'

const quick = { SNAPSHOT_REFRESH_SECONDS: '0.05' }
const named = (name: string, rows = 3) => selectOthers({ rows, columns: { name: `'${name}'` } })
const place = ({ folder }: Service, day: string, name: string) => placeSnapshot(join(folder, 'snapshots'), day, named(name))
const days = async ({ get }: Service) => (await get('/snapshots')).json.data.map(({ date }: { date: string }) => date)
const nameOn = async ({ get }: Service, snapshot = 'latest') => (await get(`/smallholders?fields=name&snapshot=${snapshot}`)).json.data?.[0]?.name

t.test('files that appear, are replaced or vanish in the folder are seen within the refresh time', async t => {
  const service = await startService(t, { environment: quick })
  t.match((await service.get('/smallholders')).json, { status: 503, code: 'OSH_NO_SNAPSHOT' })
  await place(service, '20260101', 'first')
  await until(async () => await nameOn(service) === 'first')
  const other = await place(service, '20260102', 'second')
  await until(async () => await nameOn(service) === 'second')
  await place(service, '20251231', 'earlier')
  await until(async () => (await days(service)).length === 3)
  t.strictSame(await days(service), ['2026-01-02', '2026-01-01', '2025-12-31'])
  t.equal(await nameOn(service), 'second', 'an earlier day is not the latest')
  t.equal(await nameOn(service, '2025-12-31'), 'earlier')

  await place(service, '20260102', 'replaced')
  await until(async () => await nameOn(service) === 'replaced')
  await place(service, '20251231', 'replaced too')
  await until(async () => await nameOn(service, '20251231') === 'replaced too')
  await rm(other)
  await until(async () => await nameOn(service) === 'first')
  t.strictSame(await days(service), ['2026-01-01', '2025-12-31'])
  t.match((await service.get('/smallholders?snapshot=2026-01-02')).json, { status: 404, code: 'OSH_SNAPSHOT_NOT_FOUND', earlier: '2026-01-01', later: null })
})

t.test('a folder that becomes empty, or is gone for a while, does no harm', async t => {
  const { log, lines } = captureLog('error')
  const service = await startService(t, { environment: quick, log })
  const file = await place(service, '20260101', 'first')
  await until(async () => await nameOn(service) === 'first')
  await rename(join(service.folder, 'snapshots'), join(service.folder, 'away'))
  await until(() => lines.some(line => line.includes('the snapshot store does not answer')))
  t.equal(await nameOn(service), 'first', 'what is loaded goes on being served')
  await rename(join(service.folder, 'away'), join(service.folder, 'snapshots'))
  await rename(file, `${file}.away`)
  await until(async () => (await service.get('/smallholders')).status === 503)
  t.equal((await service.get('/ready')).status, 503)
  await rename(`${file}.away`, file)
  await until(async () => await nameOn(service) === 'first')
})

t.test('a corrupt newest file: the day before is served, the error logged once, and the day itself is 503', async t => {
  const { log, lines } = captureLog('error')
  const service = await startService(t, { environment: quick, log })
  await place(service, '20260101', 'good')
  const corrupt = await place(service, '20260102', 'corrupt')
  await truncate(corrupt, 500)
  await until(async () => (await days(service)).length === 2)
  await delay(300)
  t.equal(await nameOn(service), 'good')
  t.equal((await service.get('/ready')).json.date, '2026-01-01')
  t.match((await service.get('/snapshots')).json.data, [{ date: '2026-01-02', rows: null, sizeBytes: 500 }, { date: '2026-01-01', rows: 3 }])
  t.equal(lines.filter(line => line.includes('a snapshot cannot be read')).length, 1)
  for (const path of ['/smallholders?snapshot=2026-01-02', '/snapshots/2026-01-02', '/aggregates/states?snapshot=20260102']) {
    const { status, headers, json } = await service.get(path)
    t.equal(status, 503, path)
    t.equal(headers.get('retry-after'), '60')
    t.match(json, { code: 'OSH_SNAPSHOT_UNREADABLE', detail: /2026-01-02/ })
    t.notMatch(JSON.stringify(json), service.folder, 'tells nothing of the inside')
  }
  await place(service, '20260102', 'repaired')
  await until(async () => await nameOn(service) === 'repaired')
})

t.test('where the only file is corrupt, the service says so and heals when it is replaced', async t => {
  const service = await startService(t, { environment: quick })
  for (const bytes of ['', 'PAR1', 'no Parquet at all']) {
    const path = await place(service, '20260101', 'x')
    await writeFile(path, bytes)
    await until(async () => (await service.get('/snapshots')).json.data[0]?.sizeBytes === bytes.length)
    await until(async () => (await service.get('/smallholders')).json.code === 'OSH_SNAPSHOT_UNREADABLE')
    await place(service, '20260101', 'good')
    await until(async () => await nameOn(service) === 'good')
    await rm(path)
    await until(async () => (await service.get('/smallholders')).status === 503)
  }
})

t.test('a day that is asked for before the next look is looked up at once', async t => {
  const service = await startService(t, { environment: { SNAPSHOT_REFRESH_SECONDS: '3600' } })
  await place(service, '20260101', 'unseen')
  await delay(1100)
  t.equal(await nameOn(service, '2026-01-01'), 'unseen')
})

t.test('a request on an older day that was replaced meanwhile gets the new file, or the exact revision is 410', async t => {
  const service = await startService(t, { environment: { SNAPSHOT_REFRESH_SECONDS: '3600' } })
  await place(service, '20260101', 'old')
  await place(service, '20260102', 'latest')
  await service.parts.catalog.refresh()
  const exact = (await service.get('/snapshots')).json.data[1].snapshot
  await place(service, '20260101', 'new')
  await delay(1100)
  t.equal(await nameOn(service, '20260101'), 'new')
  t.match((await service.get(`/smallholders?snapshot=${exact}`)).json, { status: 410, code: 'OSH_SNAPSHOT_REPLACED' })
})

t.test('many calls for many days at the same time load each of them once', async t => {
  const service = await startService(t)
  const all = Array.from({ length: 12 }, (_, index) => `202601${String(index + 1).padStart(2, '0')}`)
  for (const day of all) await place(service, day, day)
  await service.parts.catalog.refresh()
  const names = await Promise.all([...all, ...all, ...all].map(day => nameOn(service, day)))
  t.strictSame(names, [...all, ...all, ...all])
})
