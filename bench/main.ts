import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeRegister } from '../demo/register.js'
import { formatEnvelope, startUpstream } from '../demo/upstream.js'
import { Database, readRows } from '../src/duckdb/database.js'
import { loadRelation } from '../src/duckdb/relation.js'
import { parseTotalsQuery } from '../src/query/aggregate.js'
import { parsePlotsQuery, type RelationQuery } from '../src/query/page.js'
import { measureAnswers } from './answers.js'
import { time, timePair } from './measure.js'
import { startService, waitUntilReady } from './service.js'

interface Figure {
  case: string
  figure: string
  reference: string
  ratio: string
}

const runs = 50
const token = 'a-token-for-the-bench'
const paging = { page: 1, pageSize: 10 }
const milliseconds = (ms: number) => `${ms.toFixed(1)} ms`
const showMs = (ms: number | undefined) => ms === undefined ? '?' : `${ms.toFixed(2)} ms`
const showMegabytes = (megabytes: number | undefined) => `${megabytes?.toFixed(0) ?? '?'} MB`
const compare = (name: string, ms: number, reference: string, referenceMs: number): Figure =>
  ({ case: name, figure: milliseconds(ms), reference: `${reference}: ${milliseconds(referenceMs)}`, ratio: (ms / referenceMs).toFixed(2) })

const folder = await mkdtemp(join(tmpdir(), 'osh-bench-'))
try {
  const figures = await bench()
  console.table(figures)
  process.stdout.write(`${JSON.stringify(figures)}\n`)
} finally {
  await rm(folder, { recursive: true, force: true })
}

/** Ingest, start and queries of a full-size register, each beside a bare reference in the same run. */
async function bench (): Promise<Figure[]> {
  const records = makeRegister()
  const upstream = await startUpstream({ records })
  const environment = {
    SNAPSHOT_STORE: `file:${join(folder, 'snapshots')}`,
    SNAPSHOT_CACHE_DIR: join(folder, 'cache'),
    UPSTREAM_URL: upstream.url,
    INGEST_TOKEN: token,
    INGEST_ON_START: 'never',
    LOG_LEVEL: 'info',
  }
  const database = await Database.open({ memoryLimit: '1GB', threads: 2, concurrency: 4, queueLimit: 256, timeoutMs: 60_000, directories: [folder], temporaryDirectory: join(folder, 'spill') })
  const figures: Figure[] = []
  try {
    const referenceMs = await ingestBare(database, formatEnvelope(records))
    const first = await startService(environment)
    const ingestMs = await time(() => fetch(`${first.origin}/ingest`, { method: 'POST', headers: { authorization: `Bearer ${token}` } }))
    figures.push(compare(`ingest of ${records.length} rows`, ingestMs, 'JSON.parse + bare COPY', referenceMs))
    figures.push({ case: 'peak memory with ingest', figure: showMegabytes(await first.peakMegabytes()), reference: '', ratio: '' })
    await first.stop()
    const path = await findSnapshot()
    figures.push({ case: 'snapshot file', figure: `${((await stat(path)).size / 1e6).toFixed(2)} MB`, reference: '', ratio: '' })

    const loadMs = await time(() => database.session(connection => loadRelation(connection, path)))
    let second = first
    const readyMs = await time(async () => {
      second = await startService(environment)
      await waitUntilReady(second.origin)
    })
    figures.push(compare('start to ready with a snapshot', readyMs, 'its load alone', loadMs))
    figures.push({ case: 'processor time from start to ready', figure: showMs(await second.cpuMs()), reference: '', ratio: '' })
    figures.push({ case: 'memory with one snapshot', figure: showMegabytes(await second.peakMegabytes()), reference: '', ratio: '' })
    figures.push(...await benchQueries(database, path, second.origin))
    for (const { path, bytes, gzipBytes, cpuMs } of await measureAnswers(second)) {
      figures.push({ case: `${path}: processor time`, figure: showMs(cpuMs), reference: `${bytes} bytes, ${gzipBytes} with gzip`, ratio: '' })
    }
    await second.stop()
  } finally {
    await database.close()
    await upstream.close()
  }
  return figures
}

async function benchQueries (database: Database, path: string, origin: string): Promise<Figure[]> {
  const relation = await database.session(connection => loadRelation(connection, path))
  const queries: [url: string, query: RelationQuery][] = [
    ['/smallholders?state=1', parsePlotsQuery({ ...paging, state: '1' })],
    ['/smallholders?page=4000', parsePlotsQuery({ ...paging, page: 4000 })],
    ['/smallholders?page=4000&sort=-certified_area,name', parsePlotsQuery({ ...paging, page: 4000, sort: '-certified_area,name' })],
    ['/smallholders?q=benu', parsePlotsQuery({ ...paging, q: 'benu' })],
    ['/aggregates/states', parseTotalsQuery({ page: 1, pageSize: 1000 }, ['state'])],
    ['/aggregates?by=entity', parseTotalsQuery({ page: 1, pageSize: 1000 }, ['entity'])],
  ]
  const figures: Figure[] = []
  for (const [url, query] of queries) {
    const statement = query(relation)
    const { subjectMs, referenceMs } = await timePair(async () => await (await fetch(`${origin}${url}`)).text(), () => database.query(statement), runs)
    figures.push(compare(url, subjectMs, 'same SQL, no HTTP', referenceMs))
  }
  return figures
}

/** The least that an ingest has to do: parse the JSON, and let DuckDB write its records as Parquet. */
async function ingestBare (database: Database, body: string): Promise<number> {
  const lines = join(folder, 'reference.ndjson')
  return await time(async () => {
    const envelope: { data: { data: unknown[] } } = JSON.parse(body)
    await writeFile(lines, envelope.data.data.map(record => JSON.stringify(record)).join('\n'))
    await database.session(connection => readRows(connection, {
      sql: `COPY (SELECT * FROM read_json('${lines}', format = 'newline_delimited') ORDER BY entity_smallholder_id) TO '${join(folder, 'reference.parquet')}' (FORMAT parquet, COMPRESSION zstd)`,
      parameters: [],
    }))
  })
}

async function findSnapshot (): Promise<string> {
  const store = join(folder, 'snapshots')
  const [day] = (await readdir(store)).filter(name => /^\d{8}$/.test(name))
  if (day === undefined) throw new Error('the service published no snapshot')
  return join(store, day, 'all-smallholder.parquet')
}
