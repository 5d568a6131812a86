import { readFile } from 'node:fs/promises'
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api'
import type { Static, TSchema } from 'typebox'
import { AggregatesQuerySchema, PlotsQuerySchema } from '../../schemas/query.js'
import { Value } from '../../schemas/typebox/value.js'
import { readRows } from '../../src/duckdb/database.js'
import type { Relation } from '../../src/duckdb/relation.js'
import type { Sql } from '../../src/duckdb/sql.js'
import { parseDimensions, parseTotalsQuery } from '../../src/query/aggregate.js'
import { parsePlotsQuery } from '../../src/query/page.js'
import { asJson, rangeOf } from '../../src/query/result.js'
import { doJobs } from '../helper.js'
import { openQuestions, type Questions } from '../load/questions.js'
import { measureColumns } from './columns.js'
import { openLoaded, type Loaded } from './open.js'
import { selectPage } from './page.js'
import { time } from '../measure.js'

/** What bare DuckDB or bare JavaScript is to do; the reply is the number that each kind names. */
export type EngineJob =
  /** Opens an engine and loads a snapshot, to be asked from then on: milliseconds. */
  | { kind: 'load', file: string }
  /** Asks those questions in SQL, each in one statement, so many at a time: answers a second. */
  | { kind: 'ask', questions: Questions, inFlight: number, seconds: number }
  /** Parses upstream's answer and copies its records, which also lie as lines in a file, into a Parquet file: milliseconds. */
  | { kind: 'ingest', body: string, lines: string, target: string }
  /** Parses the JSON in a file and writes it again: milliseconds. */
  | { kind: 'reparse', file: string }
  /** Reads all rows of a query: milliseconds. */
  | { kind: 'run', sql: string }
  /** What the values of upstream's columns in a snapshot take: bytes. */
  | { kind: 'columns', file: string }

// More than an engine can answer in a second.
const statementsPerSecond = 4000
let loaded: Loaded | undefined

await doJobs<EngineJob, number>(async job => {
  if (job.kind === 'load') return await time(async () => { loaded = await openLoaded(job.file) })
  if (job.kind === 'ask') return await ask(job)
  if (job.kind === 'ingest') return await ingest(job)
  if (job.kind === 'columns') return await withEngine(connection => measureColumns(connection, job.file))
  if (job.kind === 'run') return await withEngine(connection => time(() => connection.runAndReadAll(job.sql)))
  const body = await readFile(job.file, 'utf8')
  return await time(async () => JSON.stringify(JSON.parse(body)))
})

async function ask ({ questions, inFlight, seconds }: EngineJob & { kind: 'ask' }): Promise<number> {
  if (loaded === undefined) throw new Error('nothing is loaded yet')
  const { instance, relation } = loaded
  const next = openQuestions(questions)
  const statements = Array.from({ length: Math.ceil(seconds * statementsPerSecond) }, () => compilePath(next(), relation)).values()
  const connections = await Promise.all(Array.from({ length: inFlight }, () => instance.connect()))
  const startedAt = performance.now()
  const counts = await Promise.all(connections.map(connection => askUntil(connection, statements, startedAt + seconds * 1000)))
  const elapsedMs = performance.now() - startedAt
  for (const connection of connections) connection.closeSync()
  return counts.reduce((sum, count) => sum + count, 0) / elapsedMs * 1000
}

async function askUntil (connection: DuckDBConnection, statements: Iterator<Sql>, deadline: number): Promise<number> {
  let count = 0
  for (let next = statements.next(); next.done !== true && performance.now() < deadline; next = statements.next()) {
    await readRows(connection, next.value)
    count++
  }
  return count
}

function compilePath (path: string, relation: Relation): Sql {
  const { pathname, searchParams } = new URL(path, 'http://service')
  const parameters = Object.fromEntries(searchParams)
  if (pathname === '/smallholders') {
    const query = read(PlotsQuerySchema, parameters)
    return selectPage(relation, parsePlotsQuery(query), rangeOf(query))
  }
  const { by, ...query } = read(AggregatesQuerySchema, parameters)
  const result = parseTotalsQuery(query, parseDimensions(by))
  return result.page(asJson(result), rangeOf(query))(relation)
}

/** Text as the schema's types, with its defaults. */
function read<Schema extends TSchema> (schema: Schema, parameters: Record<string, string>): Static<Schema> {
  return Value.Parse(schema, Value.Convert(schema, Value.Default(schema, parameters)))
}

async function ingest ({ body, lines, target }: EngineJob & { kind: 'ingest' }): Promise<number> {
  const text = await readFile(body, 'utf8')
  return await withEngine(async connection => await time(async () => {
    JSON.parse(text)
    await connection.run(`COPY (SELECT * FROM read_json('${lines}', format = 'newline_delimited') ORDER BY entity_smallholder_id) TO '${target}' (FORMAT parquet, COMPRESSION zstd)`)
  }))
}

async function withEngine<T> (work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
  const instance = await DuckDBInstance.create(':memory:')
  try {
    return await work(await instance.connect())
  } finally {
    instance.closeSync()
  }
}
