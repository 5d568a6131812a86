import { setTimeout as delay } from 'node:timers/promises'
import { DuckDBInstance, listValue, type DuckDBConnection, type DuckDBDataChunk, type DuckDBMaterializedResult, type DuckDBValue } from '@duckdb/node-api'
import genericPool, { type Pool } from 'generic-pool'
import { OshError } from '../errors.js'
import type { Sql } from './sql.js'

export interface DatabaseOptions {
  /** Bytes, as DuckDB writes them: `1GB`. */
  memoryLimit: string
  threads: number
  /** Queries that run at the same time. */
  concurrency: number
  /** Queries that may wait for their turn; one more is refused at once. */
  queueLimit: number
  /** Milliseconds that a query may wait and run, together. */
  timeoutMs: number
  /** The only folders that the engine may read and write. */
  directories: readonly string[]
  /** Where the engine may spill; one of `directories` or below one. */
  temporaryDirectory: string
}

export type Row = Record<string, unknown>

/** The engine while it answers one question of a client, which may take several statements. */
export interface Engine {
  /** The rows of a statement. */
  read (statement: Sql): Promise<Row[]>
  /** The first column of a statement's rows, which is of type INTEGER and has no nulls. */
  readIntegers (statement: Sql): Promise<Int32Array>
}

export interface AskOptions {
  /** Part of an answer that has begun: it is not refused where the queue is full. */
  isContinued?: boolean
}

/** What became of the queries so far, and how many there are now. */
export interface QueryStatistics {
  running: number
  queued: number
  answered: number
  failed: number
  /** Waited and ran for longer than allowed. */
  timedOut: number
  /** Found the queue full. */
  refused: number
}

/** What a refused client is told to wait. */
export const retryAfterSeconds = 1
// One for all, so that a refusal costs no stack trace.
const queueFull = new OshError('OSH_OVERLOADED', 'Too many queries are waiting; try again shortly.', { retryAfterSeconds })

/**
 * One locked-down DuckDB instance in memory. Queries of clients go through a bounded
 * pool with a time-out that interrupts them; the service's own work has sessions.
 */
export class Database {
  readonly #instance: DuckDBInstance
  readonly #pool: Pool<DuckDBConnection>
  readonly #options: DatabaseOptions
  readonly #ended = { answered: 0, failed: 0, timedOut: 0, refused: 0 }

  private constructor (instance: DuckDBInstance, options: DatabaseOptions) {
    this.#instance = instance
    this.#options = options
    this.#pool = genericPool.createPool({
      create: () => instance.connect(),
      destroy: async connection => { connection.closeSync() },
    }, { max: options.concurrency, acquireTimeoutMillis: options.timeoutMs })
  }

  /** Opens the instance and locks it down: no network, no extensions, no other folders, no further settings. */
  static async open (options: DatabaseOptions): Promise<Database> {
    const instance = await DuckDBInstance.create(':memory:', {
      memory_limit: options.memoryLimit,
      threads: String(options.threads),
      temp_directory: options.temporaryDirectory,
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      allow_community_extensions: 'false',
    })
    const database = new Database(instance, options)
    await database.session(async connection => {
      await connection.run('SET GLOBAL TimeZone = \'UTC\'')
      await connection.run('SET GLOBAL allowed_directories = $1', [listValue(options.directories.map(directory => `${directory}/`))])
      await connection.run('SET GLOBAL enable_external_access = false')
      await connection.run('SET GLOBAL lock_configuration = true')
    })
    return database
  }

  /** Queries that wait for their turn. */
  get queued (): number { return this.#pool.pending }

  /** Queries that run. */
  get running (): number { return this.#pool.borrowed }

  get statistics (): QueryStatistics {
    return { running: this.running, queued: this.queued, ...this.#ended }
  }

  /** Whether a query would find the queue full. */
  get isFull (): boolean {
    return this.running + this.queued >= this.#options.concurrency + this.#options.queueLimit
  }

  /** Throws `OSH_OVERLOADED` where a query would find the queue full. */
  assertRoom (): void {
    if (!this.isFull) return
    this.#ended.refused++
    throw queueFull
  }

  /** The rows of a client's query; throws as {@link ask} does. */
  async query (statement: Sql): Promise<Row[]> {
    return await this.ask(engine => engine.read(statement))
  }

  /**
   * Answers a client's question on one connection. Throws `OSH_OVERLOADED` where the queue is full and
   * `OSH_QUERY_TIMEOUT` where it waited and ran for longer than allowed.
   */
  async ask<T> (work: (engine: Engine) => Promise<T>, { isContinued = false }: AskOptions = {}): Promise<T> {
    if (!isContinued) this.assertRoom()
    const deadline = new AbortController()
    const timer = setTimeout(() => deadline.abort(), this.#options.timeoutMs)
    try {
      const answer = await this.#pool.use(connection => answerUntil(connection, work, deadline.signal))
      this.#ended.answered++
      return answer
    } catch (error) {
      const waitedTooLong = error instanceof Error && error.name === 'TimeoutError'
      this.#ended[waitedTooLong || deadline.signal.aborted ? 'timedOut' : 'failed']++
      throw waitedTooLong ? new OshError('OSH_OVERLOADED', queueFull.message, { cause: error, retryAfterSeconds }) : error
    } finally {
      clearTimeout(timer)
    }
  }

  /** Does the service's own work, unbounded in time, on a connection of its own. */
  async session<T> (work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const connection = await this.#instance.connect()
    try {
      return await work(connection)
    } finally {
      connection.closeSync()
    }
  }

  /** Lets running queries end, for a second at most, and frees everything. */
  async close (): Promise<void> {
    await Promise.race([this.#pool.drain(), delay(1000, undefined, { ref: false })])
    await this.#pool.clear()
    this.#instance.closeSync()
  }
}

/** The rows of a statement as JavaScript objects. */
export async function readRows (connection: DuckDBConnection, statement: Sql): Promise<Row[]> {
  return await run(connection, statement, result => {
    const names = result.deduplicatedColumnNames()
    return chunksOf(result).flatMap(chunk => chunk.getRowObjects(names))
  })
}

/** The one column of a statement, which is of integers. */
export async function readIntegers (connection: DuckDBConnection, statement: Sql): Promise<Int32Array> {
  return await run(connection, statement, result => {
    const integers = new Int32Array(result.rowCount)
    let end = 0
    for (const chunk of chunksOf(result)) {
      const column = chunk.getColumnVector(0)
      const { itemCount } = column
      for (let index = 0; index < itemCount; index++) integers[end++] = Number(column.getItem(index))
    }
    return integers
  })
}

async function run<T> (connection: DuckDBConnection, statement: Sql, read: (result: DuckDBMaterializedResult) => T): Promise<T> {
  const prepared = await connection.prepare(statement.text)
  try {
    prepared.bind(statement.values.map(toValue))
    return read(await prepared.run())
  } finally {
    prepared.destroySync()
  }
}

/** They are all there: to fetch them one by one takes a turn of the event loop for each and one more. */
function chunksOf (result: DuckDBMaterializedResult): DuckDBDataChunk[] {
  return Array.from({ length: result.chunkCount }, (_, index) => result.getChunk(index))
}

async function answerUntil<T> (connection: DuckDBConnection, work: (engine: Engine) => Promise<T>, deadline: AbortSignal): Promise<T> {
  const interrupt = () => connection.interrupt()
  const unlessLate = <Answer>(read: (connection: DuckDBConnection, statement: Sql) => Promise<Answer>) => async (statement: Sql) => {
    deadline.throwIfAborted()
    return await read(connection, statement)
  }
  deadline.addEventListener('abort', interrupt)
  try {
    return await work({ read: unlessLate(readRows), readIntegers: unlessLate(readIntegers) })
  } catch (error) {
    if (!deadline.aborted) throw error
    throw new OshError('OSH_QUERY_TIMEOUT', 'The query was stopped; narrow it with a filter, or try again shortly.', { cause: error, retryAfterSeconds })
  } finally {
    deadline.removeEventListener('abort', interrupt)
  }
}

function toValue (value: unknown): DuckDBValue {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return value
  throw new TypeError(`a ${typeof value} cannot be bound`)
}
