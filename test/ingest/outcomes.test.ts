import { rm } from 'node:fs/promises'
import t from 'tap'
import { dayOf } from '../../src/snapshots/day.js'
import { listFiles } from '../helpers/parquet.js'
import { startService } from '../helpers/service.js'
import { fingerprint, latestFile, makeRecords, until } from './helpers.js'

const records = makeRecords(200)

t.test('a first ingest publishes today\'s snapshot, says where it is and what it did', async t => {
  const service = await startService(t, { records })
  const before = dayOf(new Date(), 'Asia/Kuala_Lumpur')
  const { status, headers, json } = await service.ingest()
  t.equal(status, 201)
  t.equal(headers.get('location'), `/snapshots/${json.date}`)
  t.ok([before, dayOf(new Date(), 'Asia/Kuala_Lumpur')].includes(json.date.replaceAll('-', '')))
  t.match(json, { outcome: 'published', rows: 200, previousRows: null, rejects: [], rejectCount: 0, warnings: [], forced: false, error: null, phase: null })
  t.strictSame(json.phases.map(({ phase }: { phase: string }) => phase), ['fetch', 'decode', 'write', 'verify', 'publish', 'load'])
  t.ok(json.bytes > 50_000 && json.startedAt < json.endedAt)
  t.equal((await service.get(headers.get('location') ?? '')).json.data.snapshot, json.snapshot)
  t.equal((await service.get('/smallholders')).json.meta.snapshot, json.snapshot)
})

t.test('the same content again is unchanged, in whatever order upstream sends it, and the file stays as it is', async t => {
  const service = await startService(t, { records })
  const first = await service.ingest()
  const before = await fingerprint(await latestFile(service))
  service.upstream.setRecords([...records].reverse())
  for (let call = 0; call < 2; call++) {
    const { status, headers, json } = await service.ingest()
    t.equal(status, 200)
    t.match(json, { outcome: 'unchanged', snapshot: first.json.snapshot, rows: 200, previousRows: 200 })
    t.equal(headers.get('location'), `/snapshots/${json.date}`)
  }
  t.equal(await fingerprint(await latestFile(service)), before)
})

t.test('the same content again is unchanged, however upstream lays out its JSON', async t => {
  const service = await startService(t, { records })
  await service.ingest()
  for (const space of [1, '\t']) {
    service.upstream.setBody(JSON.stringify({ data: { data: records } }, null, space))
    t.equal((await service.ingest()).json.outcome, 'unchanged')
  }
  service.upstream.setRecords(records.map((record, index) => index === 7 ? { ...record, name: `${record.name} ` } : record))
  t.equal((await service.ingest()).json.outcome, 'published', 'a blank is another content')
})

t.test('changed content replaces today\'s snapshot, and the old revision is gone for good', async t => {
  const service = await startService(t, { records })
  const first = await service.ingest()
  service.upstream.setRecords(records.map(record => ({ ...record, name: 'CHANGED' })))
  const second = await service.ingest()
  t.equal(second.status, 201)
  t.match(second.json, { outcome: 'published', previousRows: 200 })
  t.not(second.json.snapshot, first.json.snapshot)
  t.equal((await service.get('/smallholders?fields=name')).json.data[0].name, 'CHANGED')
  t.equal((await service.get(`/smallholders?snapshot=${first.json.snapshot}`)).status, 410)
  t.strictSame(await listFiles(`${service.folder}/snapshots`), [`${first.json.date.replaceAll('-', '')}/all-smallholder.parquet`])
})

t.test('a slow fetch that began before a faster one ended does not replace its newer data', async t => {
  const slow = await startService(t, { records })
  const fast = await startService(t, { records: records.map(record => ({ ...record, name: 'NEWER' })), folder: slow.folder })
  slow.upstream.misbehave({ kind: 'slow', bytesPerSecond: 200_000 })
  const running = slow.ingest()
  await until(async () => (await slow.get('/ingest/runs')).json.data[0]?.bytes > 0)
  const published = await fast.ingest()
  const { status, json } = await running
  t.equal(status, 200)
  t.match(json, { outcome: 'superseded', snapshot: published.json.snapshot })
  t.equal((await slow.get('/smallholders?fields=name')).json.data[0].name, 'NEWER')
})

t.test('nothing but the snapshot stays in the service\'s folders after runs of all kinds', async t => {
  const service = await startService(t, { records })
  const { json } = await service.ingest()
  await service.ingest()
  service.upstream.misbehave({ kind: 'html' }, { kind: 'status', status: 404 })
  await service.ingest()
  await service.ingest()
  t.strictSame(await listFiles(service.folder), [`snapshots/${json.date.replaceAll('-', '')}/all-smallholder.parquet`])
})

t.test('a folder for files under way that somebody removed is made anew', async t => {
  const service = await startService(t, { records })
  await rm(`${service.folder}/cache`, { recursive: true })
  t.equal((await service.ingest()).status, 201)
})
