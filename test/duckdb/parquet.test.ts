import { stat } from 'node:fs/promises'
import t from 'tap'
import { makeRegister } from '../../demo/register.js'
import { integerColumns, upstreamColumns } from '../../schemas/upstream.js'
import { version } from '../../src/version.js'
import { query, quote, readFooter } from '../helpers/parquet.js'
import { startService } from '../helpers/service.js'
import { latestFile, makeRecords } from '../ingest/helpers.js'

t.test('the Parquet has upstream\'s columns with their names, order and types, compressed with zstd', async t => {
  const service = await startService(t, { records: makeRecords(300) })
  await service.ingest()
  const path = quote(await latestFile(service))
  const columns = await query(`SELECT column_name AS name, column_type AS type FROM (DESCRIBE SELECT * FROM read_parquet(${path}))`)
  t.strictSame(columns, upstreamColumns.map(name => ({ name, type: integerColumns.has(name) ? 'BIGINT' : 'VARCHAR' })))
  t.strictSame(await query(`SELECT DISTINCT compression FROM parquet_metadata(${path})`), [{ compression: 'ZSTD' }])
})

t.test('the rows are sorted by id, whatever order upstream sends', async t => {
  const service = await startService(t, { records: makeRecords(300).reverse() })
  await service.ingest()
  const rows = await query(`SELECT entity_smallholder_id AS id FROM read_parquet(${quote(await latestFile(service))})`)
  const ids = rows.map(({ id }) => Number(id))
  t.equal(ids.length, 300)
  t.strictSame(ids, [...ids].sort((a, b) => a - b))
})

t.test('the footer tells where the snapshot came from', async t => {
  const service = await startService(t, { records: makeRecords(300) })
  const { json } = await service.ingest()
  const facts = await readFooter(await latestFile(service))
  t.match(facts, { serviceVersion: version, source: service.upstream.url, bytes: json.bytes, rows: 300, contentSha256: /^[0-9a-f]{64}$/, converted: 0, unreadable: [], rejects: [], quality: { rows: 300, plots: 300 } })
  t.ok(json.startedAt <= facts.fetchedAt && facts.fetchedAt <= json.endedAt)
  const { source, fetchedAt, fetchedBytes, serviceVersion, contentSha256, quality } = (await service.get('/snapshots/latest')).json.data
  t.strictSame({ source, fetchedAt, bytes: fetchedBytes, serviceVersion, contentSha256, quality },
    { source: facts.source, fetchedAt: facts.fetchedAt, bytes: facts.bytes, serviceVersion: version, contentSha256: facts.contentSha256, quality: facts.quality })
})

t.test('the footer names no credentials of UPSTREAM_URL', async t => {
  const other = await startService(t, { records: makeRecords(3) })
  const service = await startService(t, { environment: { UPSTREAM_URL: other.upstream.url.replace('//', '//user:secret-word@') } })
  t.equal((await service.ingest()).status, 201)
  t.equal((await readFooter(await latestFile(service))).source, other.upstream.url)
})

t.test('the full register of the demo takes less than 2 MB', async t => {
  const service = await startService(t, { records: makeRegister() })
  const { json } = await service.ingest()
  t.match(json, { rows: 47_500, rejectCount: 0 })
  const { size } = await stat(await latestFile(service))
  t.ok(size < 2_000_000, `${size} bytes`)
  t.equal((await service.get('/snapshots')).json.data[0].sizeBytes, size)
})
