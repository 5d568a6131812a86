import t from 'tap'
import { formatEnvelope } from '../../demo/upstream.js'
import { listFiles } from '../helpers/parquet.js'
import { startService, type Service } from '../helpers/service.js'
import { fingerprint, latestFile, makeRecords } from './helpers.js'

const records = makeRecords(200)
const whole = formatEnvelope(records)
const withRejects = (good: number, bad: number) => [...records.slice(0, good), ...Array.from({ length: bad }, () => 'no record')]

interface Refusal {
  prepare: (upstream: Service['upstream']) => void
  says: RegExp
}

const refusals: Record<string, Refusal> = {
  'an empty list': { prepare: upstream => upstream.misbehave({ kind: 'empty' }), says: /empty list/ },
  'JSON that was cut short': { prepare: upstream => upstream.setBody(whole.slice(0, -500)), says: /no whole JSON/ },
  'JSON that was cut before its last brace': { prepare: upstream => upstream.setBody(whole.slice(0, -1)), says: /no whole JSON/ },
  'JSON with something after it': { prepare: upstream => upstream.setBody(`${whole}{}`), says: /no whole JSON/ },
  'a page for people': { prepare: upstream => upstream.misbehave({ kind: 'html' }), says: /no whole JSON/ },
  'an empty body': { prepare: upstream => upstream.setBody(''), says: /no list at data\.data, no object/ },
  'a list at data.results': { prepare: upstream => upstream.misbehave({ kind: 'results' }), says: /no list at data\.data.*data\.results/ },
  'an envelope without a list': { prepare: upstream => upstream.setBody('{"data":{"page_size":10,"data":null}}'), says: /no list at data\.data/ },
  'a list that is nobody\'s': { prepare: upstream => upstream.setBody(JSON.stringify(records)), says: /no list at data\.data/ },
  'a list somewhere else': { prepare: upstream => upstream.setBody(`{"error":{"data":{"data":${JSON.stringify(records)}}}}`), says: /no list at data\.data/ },
  'more than one reject in a hundred records': { prepare: upstream => upstream.setRecords(withRejects(197, 3)), says: /3 of 200 records cannot be stored, more than 1 %/ },
  'nothing but rejects': { prepare: upstream => upstream.setRecords(withRejects(0, 250)), says: /250 of 250 records/ },
  'a register that lost more than a fifth': { prepare: upstream => upstream.setRecords(records.slice(0, 159)), says: /159 rows.*200.*20 %.*force=true/ },
}

t.test('what upstream should not send is refused: nothing is published, and the old snapshot goes on being served', async t => {
  const service = await startService(t, { records })
  const published = await service.ingest()
  const files = await listFiles(service.folder)
  const before = await fingerprint(await latestFile(service))
  for (const [what, { prepare, says }] of Object.entries(refusals)) {
    t.test(`${what} is refused`, async t => {
      service.upstream.setRecords(records)
      prepare(service.upstream)
      const { status, headers, json } = await service.ingest()
      t.equal(status, 422)
      t.match(headers.get('content-type'), 'application/problem+json')
      t.match(json, { code: 'OSH_UPSTREAM_SUSPICIOUS', detail: says, report: { outcome: 'refused', snapshot: null, error: { code: 'OSH_UPSTREAM_SUSPICIOUS', detail: says } } })
      t.match(json.detail, /nothing was published/)
      t.equal((await service.get(`/ingest/runs/${json.report.runId}`)).json.data.outcome, 'refused')
      t.equal((await service.get('/smallholders')).json.meta.snapshot, published.json.snapshot)
      t.strictSame(await listFiles(service.folder), files)
      t.equal(await fingerprint(await latestFile(service)), before)
    })
  }
})

t.test('one reject in a hundred records is still believable', async t => {
  const service = await startService(t, { records: withRejects(198, 2) })
  const { status, json } = await service.ingest()
  t.equal(status, 201)
  t.match(json, { rows: 198, rejectCount: 2, rejects: [{ position: 198, reason: 'the record is no object', record: 'no record' }, { position: 199 }] })
})

t.test('the report of a refused run shows the first hundred rejects and counts all', async t => {
  const service = await startService(t, { records: withRejects(0, 250) })
  const { json } = await service.ingest()
  t.match(json.report, { rows: 0, rejectCount: 250 })
  t.equal(json.report.rejects.length, 100)
  t.equal(json.report.rejects[99].position, 99)
})

t.test('a register may lose exactly as much as INGEST_MAX_SHRINK says', async t => {
  const service = await startService(t, { records, environment: { INGEST_MAX_SHRINK: '0.1' } })
  await service.ingest()
  service.upstream.setRecords(records.slice(0, 179))
  t.equal((await service.ingest()).status, 422)
  service.upstream.setRecords(records.slice(0, 180))
  t.equal((await service.ingest()).status, 201)
})

t.test('force=true accepts a shrunk register and nothing else', async t => {
  const service = await startService(t, { records })
  await service.ingest()
  service.upstream.misbehave({ kind: 'empty' }, { kind: 'html' }, { kind: 'results' })
  for (const what of ['an empty list', 'HTML', 'data.results']) t.equal((await service.ingest('?force=true')).status, 422, what)
  service.upstream.setRecords(withRejects(97, 3))
  t.equal((await service.ingest('?force=true')).status, 422, 'rejects')
  service.upstream.setRecords(records.slice(0, 1))
  t.equal((await service.ingest('?force=false')).status, 422, 'shrunk, not forced')
  const { status, json } = await service.ingest('?force=true')
  t.equal(status, 201)
  t.match(json, { forced: true, rows: 1, previousRows: 200 })
})

t.test('the first snapshot of all has nothing to shrink from', async t => {
  const service = await startService(t, { records: records.slice(0, 1) })
  t.equal((await service.ingest()).status, 201)
})
