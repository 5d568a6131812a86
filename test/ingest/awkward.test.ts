import { mkdir, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { formatEnvelope } from '../../demo/upstream.js'
import { upstreamColumns } from '../../schemas/upstream.js'
import { ConfigError, readConfig } from '../../src/config.js'
import { openServices } from '../../src/services.js'
import { isAbandoned } from '../../src/snapshots/temporary.js'
import { startCommand } from '../helpers/command.js'
import { placeSnapshot, query, quote, readFooter, readParquet, selectOthers } from '../helpers/parquet.js'
import { makeFolder, startService } from '../helpers/service.js'
import { makeLocalKit } from '../snapshots/local-helpers.js'
import { captureLog, envelopeOf, latestFile, makeRecords, rawRecord } from './helpers.js'

// What was wrong once.

const records = makeRecords(120)
const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`

t.test('a further column is kept, whatever its name', async t => {
  const service = await startService(t)
  for (const name of ['', 'm.n', 'a.b.c', 'file_row_number', 'line\nbreak', 'nul\u0000inside', 'tab\t', '\ud800', '__proto__']) {
    service.upstream.setBody(envelopeOf([rawRecord(1, { x: '1' }), rawRecord(2)]).replace('"x":1', `${JSON.stringify(name)}:"kept"`))
    t.equal((await service.ingest()).status, 201, JSON.stringify(name))
    const path = quote(await latestFile(service))
    const columns = await query(`SELECT column_name FROM (DESCRIBE SELECT * FROM read_parquet(${path}))`)
    t.equal(columns.length, upstreamColumns.length + 1)
    const column = String(columns.at(-1)?.['column_name']).replaceAll('"', '""')
    t.strictSame(await query(`SELECT "${column}" AS extra FROM read_parquet(${path})`), [{ extra: 'kept' }, { extra: null }])
  }
})

t.test('a register with a column for each record is refused, and the service stays well', async t => {
  const service = await startService(t, { records: records.map((record, index) => Array.from({ length: 2 }, (_, part) => [`column ${index} ${part}`, 'x'] as const).reduce((whole, [name, value]) => ({ ...whole, [name]: value }), record)) })
  const { status, json } = await service.ingest()
  t.equal(status, 422)
  t.match(json.detail, 'more than 200 columns')
})

t.test('a lone surrogate in a further column does not fail the run', async t => {
  const service = await startService(t, { records: records.map(record => ({ ...record, zone: 'a\ud800b' })) })
  t.equal((await service.ingest()).status, 201)
})

t.test('a further column named position does not change which duplicate is served', async t => {
  const [sample] = records
  const service = await startService(t, { records: [{ ...sample, name: 'earlier', position: '9' }, { ...sample, name: 'later', position: '1' }] })
  await service.ingest()
  t.equal((await service.get('/smallholders')).json.data[0].name, 'later')
})

t.test('columns that differ in case only are the same content in whatever order they first come', async t => {
  const [first, second] = records
  const both = [{ ...first, Zone: 'a' }, { ...second, ZONE: 'b' }]
  const service = await startService(t, { records: both })
  await service.ingest()
  service.upstream.setRecords([...both].reverse())
  t.equal((await service.ingest()).json.outcome, 'unchanged')
})

t.test('a record nested very deeply is refused or kept, and does not break the list of runs', async t => {
  const service = await startService(t)
  service.upstream.setBody(formatEnvelope(records).replace('"data":[', `"data":[${deep},`))
  const { status, headers } = await service.ingest()
  t.ok([201, 422].includes(status), `${status} ${headers.get('content-type')}`)
  t.equal((await service.get('/ingest/runs')).status, 200)
})

t.test('a value nested very deeply is refused or kept', async t => {
  const service = await startService(t)
  service.upstream.setBody(envelopeOf([rawRecord(1, { name: deep })]))
  const { status, json } = await service.ingest()
  t.ok([201, 422].includes(status), `${status} ${json?.detail}`)
})

t.test('numbers inside an object stay numbers, digit by digit', async t => {
  const service = await startService(t)
  service.upstream.setBody(envelopeOf([...records.map(({ entity_smallholder_id: id }) => rawRecord(id + 10)), rawRecord(1, { name: '{"area":3.9520}' }), { id: '3.9520' }]))
  t.equal((await service.ingest()).status, 201)
  const path = await latestFile(service)
  t.equal((await readParquet(path))[0]?.['name'], '{"area":3.9520}')
  t.type((await readFooter(path)).rejects[0]?.record, 'object')
  t.notMatch(JSON.stringify((await readFooter(path)).rejects[0]?.record), '"3.9520"')
})

t.test('an id that is no integer beyond the digits of a double is a reject', async t => {
  const service = await startService(t)
  service.upstream.setBody(envelopeOf([...records.map(({ entity_smallholder_id: id }) => rawRecord(id + 10)), rawRecord(1, { entity_smallholder_id: '7.00000000000000000001' })]))
  t.equal((await service.ingest()).json.rejectCount, 1)
})

t.test('an empty area is null in the quality report, as it is for files of others, and no unreadable number', async t => {
  const service = await startService(t, { records: [{ ...records[0], planted_area: '' }] })
  await service.ingest()
  const { quality } = (await service.get('/snapshots/latest')).json.data
  t.match(quality, { nulls: { planted_area: 1 }, unreadableNumbers: { planted_area: 0 } })
})

t.test('a district id that is no integer is an unreadable number in the quality report', async t => {
  const service = await startService(t, { records: [{ ...records[0], daerahId: 'four' }] })
  await service.ingest()
  const { quality } = (await service.get('/snapshots/latest')).json.data
  t.equal(quality.nulls.daerahId + (quality.unreadableNumbers.daerahId ?? 0), 1)
})

t.test('a day whose file has just been replaced, or has vanished, is served anew or 404, never 500', async t => {
  const service = await startService(t, { environment: { SNAPSHOT_REFRESH_SECONDS: '3600' } })
  for (const [day, path] of [['20260101', '/smallholders?snapshot=20260101'], ['20260102', '/snapshots/20260102'], ['20260103', '/smallholders?snapshot=20260103'], ['20260104', '/snapshots/20260104']] as const) {
    const file = await placeSnapshot(join(service.folder, 'snapshots'), day, selectOthers())
    await placeSnapshot(join(service.folder, 'snapshots'), '20260201', selectOthers())
    await service.parts.catalog.refresh()
    const isGone = day > '20260102'
    await (isGone ? rm(file) : utimes(file, new Date(), new Date(Date.now() + 5000)))
    t.equal((await service.get(path)).status, isGone ? 404 : 200, `${path} ${isGone ? 'vanished' : 'replaced'}`)
  }
})

t.test('/snapshots/{date} of a day that is replaced while nobody looks describes the new file', async t => {
  const service = await startService(t, { environment: { SNAPSHOT_REFRESH_SECONDS: '3600' } })
  const file = await placeSnapshot(join(service.folder, 'snapshots'), '20260101', selectOthers())
  await service.parts.catalog.refresh()
  await utimes(file, new Date(), new Date(Date.now() + 5000))
  await delay(1100)
  t.equal((await service.get('/snapshots/20260101')).status, 200)
})

t.test('once a corrupt file is gone, an empty store says that there is no snapshot yet', async t => {
  const service = await startService(t)
  const file = await placeSnapshot(join(service.folder, 'snapshots'), '20260101', selectOthers())
  await writeFile(file, 'corrupt')
  await service.parts.catalog.refresh()
  t.equal((await service.get('/smallholders')).json.code, 'OSH_SNAPSHOT_UNREADABLE')
  await rm(file)
  await service.parts.catalog.refresh()
  t.equal((await service.get('/smallholders')).json.code, 'OSH_NO_SNAPSHOT')
})

t.test('a foreign temporary file with an odd name does not stop the start', async t => {
  t.equal(isAbandoned('.x~%E0%A4%A~1~a~b.tmp'), false)
  const kit = await makeLocalKit(t)
  await mkdir(join(kit.folder, '20260101'))
  await writeFile(join(kit.folder, '20260101', '.x~%E0%A4%A~1~a~b.tmp'), '')
  t.strictSame(await (await kit.open()).list(), [])
})

for (const name of ['INGEST_MAX_SHRINK', 'SNAPSHOT_REFRESH_SECONDS', 'SHUTDOWN_SECONDS', 'UPSTREAM_TIMEOUT_SECONDS']) {
  t.test(`${name}=Infinity is refused, since it is out of range`, async t => {
    t.throws(() => readConfig({ [name]: 'Infinity' }), ConfigError)
  })
}

t.test('a wrong UPSTREAM_URL is named without the password in it', async t => {
  let message = ''
  try {
    readConfig({ UPSTREAM_URL: 'ftp://user:secret-word@host/' })
  } catch (error) {
    message = String(error)
  }
  t.match(message, 'UPSTREAM_URL')
  t.notMatch(message, 'secret-word')
})

for (const store of ['file://host/folder', 'file://']) {
  t.test(`SNAPSHOT_STORE=${store} is a wrong value, named in one line`, async t => {
    t.throws(() => readConfig({ SNAPSHOT_STORE: store }), ConfigError)
  })
}

t.test('UPSTREAM_CA_FILE without a certificate in it is a wrong value', async t => {
  t.throws(() => readConfig({ UPSTREAM_CA_FILE: '/etc/hostname' }), ConfigError)
})

t.test('a folder that cannot be made stops the start with one line that names the variable', async t => {
  const ended = await startCommand('src/server.ts', [], { PORT: '0', SNAPSHOT_STORE: 'file:/dev/null/x', INGEST_ON_START: 'never' }).ended
  t.match(ended, { code: 1, stderr: /^[^\n]*SNAPSHOT_STORE[^\n]*\n$/ })
})

t.test('the query of UPSTREAM_URL, which may hold a key, is not published as the source', async t => {
  const other = await startService(t, { records })
  const service = await startService(t, { environment: { UPSTREAM_URL: `${other.upstream.url}?key=secret-word` } })
  await service.ingest()
  t.notMatch((await service.get('/snapshots/latest')).json.data.source, 'secret-word')
})

t.test('where the store fails after publishing, the report does not say that nothing was published', async t => {
  const service = await startService(t, { records })
  const { store } = service.parts
  const publish = store.publish.bind(store)
  store.publish = async (day, prepared) => {
    const publication = await publish(day, prepared)
    store.list = async () => { throw new Error('the folder is gone') }
    return publication
  }
  const { text, json } = await service.ingest()
  t.notMatch(text, 'nothing was published')
  t.equal((json.report ?? json).outcome, 'published')
})

t.test('a refusal names INGEST_MAX_SHRINK in a readable number', async t => {
  const service = await startService(t, { records, environment: { INGEST_MAX_SHRINK: '0.07' } })
  await service.ingest()
  service.upstream.setRecords(records.slice(0, 50))
  t.match((await service.ingest()).json.detail, / 7 % /)
})

t.test('further columns that are named like the tables and columns inside are kept, and the duplicate served stays the same', async t => {
  const [sample] = records
  const inside = { incoming: 'a', position: 'b', extras: 'c', rows: 'd', line: 'e', id: 'f', text: 'g' }
  const service = await startService(t, { records: [{ ...sample, ...inside, name: 'earlier', position: 'z' }, { ...sample, ...inside, name: 'later' }] })
  t.equal((await service.ingest()).status, 201)
  t.match((await readParquet(await latestFile(service)))[1], { ...inside, name: 'later' })
  t.equal((await service.get('/smallholders')).json.data[0].name, 'later')
})

t.test('an area of spaces is null in the quality report, as it is for files of others', async t => {
  const service = await startService(t, { records: [{ ...records[0], planted_area: ' ' }] })
  await service.ingest()
  t.match((await service.get('/snapshots/latest')).json.data.quality, { nulls: { planted_area: 1 }, unreadableNumbers: { planted_area: 0 } })
})

for (const url of ['user:secret-word@host/path', 'ftp://user:p@secret-word@host/', 'ftp://user:p/secret-word@host/', 'ftp://host/?key=secret-word']) {
  t.test(`a wrong UPSTREAM_URL such as ${url} is named without its secret`, async t => {
    t.throws(() => readConfig({ UPSTREAM_URL: url }), { message: /^UPSTREAM_URL is (?!.*secret-word)/ })
  })
}

t.test('a report has its outcome no earlier than its end, so that who polls for either sees the whole', async t => {
  const home = await makeFolder(t)
  const odd: string[] = []
  const config = readConfig({ SNAPSHOT_STORE: `file:${home}/snapshots`, SNAPSHOT_CACHE_DIR: `${home}/cache` })
  const parts = await openServices(config, captureLog().log, {
    fetch: async folder => {
      const path = join(folder, 'answer.json')
      await writeFile(path, formatEnvelope(records))
      return { path, source: 'test', startedAt: new Date(), bytes: 1 }
    },
    onIngestChange: ({ outcome, endedAt, phase }) => {
      if ((outcome === 'running') !== (endedAt === null)) odd.push(`${outcome} in phase ${phase}, ended at ${endedAt}`)
    },
  })
  t.after(() => parts.close())
  await parts.runs.start(false).ended
  t.strictSame(odd, [])
})

t.test('where a published snapshot cannot be served yet, the log says why', async t => {
  const { log, lines } = captureLog('warn')
  const service = await startService(t, { records, log })
  const { store } = service.parts
  const publish = store.publish.bind(store)
  store.publish = async (day, prepared) => {
    const publication = await publish(day, prepared)
    store.list = async () => { throw new Error('the folder is gone') }
    return publication
  }
  await service.ingest()
  t.match(lines.join(''), 'the folder is gone')
})
