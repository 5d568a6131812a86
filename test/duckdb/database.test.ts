import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { Database, type DatabaseOptions } from '../../src/duckdb/database.js'
import { sql } from '../../src/duckdb/sql.js'
import { makeFolder, type Test } from '../helpers/service.js'

// Runs for hours unless it is stopped.
const endless = sql`SELECT count(*) FROM range(1000000000000) AS numbers WHERE numbers.range % 7 = 3`

async function openDatabase (t: Test, options: Partial<DatabaseOptions> = {}): Promise<{ database: Database, folder: string }> {
  const folder = await makeFolder(t)
  const database = await Database.open({
    memoryLimit: '500MB', threads: 1, concurrency: 1, queueLimit: 1, timeoutMs: 200, directories: [folder], temporaryDirectory: join(folder, 'spill'), ...options,
  })
  t.after(() => database.close())
  return { database, folder }
}

t.test('a query past its time is interrupted, and the next one runs', async t => {
  const { database } = await openDatabase(t)
  await t.rejects(database.query(endless), { code: 'OSH_QUERY_TIMEOUT', status: 503, retryAfterSeconds: 1 })
  t.strictSame(await database.query(sql`SELECT 1 AS one`), [{ one: 1 }])
  t.same(database.statistics, { running: 0, queued: 0, answered: 1, failed: 0, timedOut: 1, refused: 0 })
  await t.rejects(database.query(sql`SELECT nothing`))
  t.match(database.statistics, { answered: 1, failed: 1 })
})

t.test('a query beyond the queue is refused at once, one that waited too long a little later', async t => {
  const { database } = await openDatabase(t)
  const results = Promise.allSettled([database.query(endless), database.query(endless)])
  await t.rejects(database.query(endless), { code: 'OSH_OVERLOADED', status: 503 })
  const codes = (await results).map(result => result.status === 'rejected' ? result.reason.code : 'answered')
  t.equal(codes[0], 'OSH_QUERY_TIMEOUT')
  t.match(codes[1], /^OSH_(OVERLOADED|QUERY_TIMEOUT)$/)
  t.match(database.statistics, { queued: 0, timedOut: 2, refused: 1 })
})

t.test('the engine reads and writes nothing outside its folders, and takes no settings', async t => {
  const { database, folder } = await openDatabase(t, { timeoutMs: 10_000 })
  const forbidden = [
    'SELECT * FROM read_text(\'/etc/hostname\')',
    `COPY (SELECT 1) TO '${folder}-other.parquet'`,
    `SELECT * FROM read_parquet('${folder}/../*.parquet')`,
    'ATTACH \'/tmp/other.db\'',
    'INSTALL httpfs',
    'LOAD httpfs',
    'SET enable_external_access = true',
    'SET threads = 8',
    'SELECT * FROM read_parquet(\'https://example.org/file.parquet\')',
  ]
  for (const statement of forbidden) await t.rejects(database.query(sql.raw(statement)), statement)
  await database.query(sql.raw(`COPY (SELECT 1 AS one) TO '${join(folder, 'own.parquet')}'`))
  t.equal((await readFile(join(folder, 'own.parquet'))).subarray(0, 4).toString(), 'PAR1')
})

t.test('times are UTC whatever the machine thinks', async t => {
  const { database } = await openDatabase(t)
  t.strictSame(await database.query(sql`SELECT CAST(TIMESTAMPTZ '2026-11-23 08:00:00+08' AS VARCHAR) AS text`), [{ text: '2026-11-23 00:00:00+00' }])
})
