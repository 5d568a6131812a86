import { mkdir, readdir, realpath, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Logger } from 'pino'
import type { IngestReport } from '../schemas/ingest.js'
import { ConfigError, parseSize, splitList, type Config } from './config.js'
import { Database } from './duckdb/database.js'
import type { GoogleIdentity } from './identity.js'
import { IngestRuns } from './ingest/runs.js'
import { IngestSchedule } from './ingest/schedule.js'
import { fetchFromUpstream } from './ingest/source.js'
import type { FetchAnswer } from './ingest/run.js'
import { History } from './history/history.js'
import { Reader } from './query/reader.js'
import { Catalog } from './snapshots/catalog.js'
import { storeFolder } from './snapshots/local.js'
import { cacheFolderOf, historyFileOf, openStore } from './snapshots/open.js'
import type { SnapshotStore } from './snapshots/store.js'
import { isAbandoned, temporaryName } from './snapshots/temporary.js'
import type { Tracing } from './tracing.js'
import { version } from './version.js'

type Log = Pick<Logger, 'info' | 'warn' | 'error'>

/** All that the service is made of, below HTTP. */
export interface Services {
  database: Database
  store: SnapshotStore
  catalog: Catalog
  history: History
  reader: Reader
  /** A folder of this process, for files under way. */
  scratch: string
  runs: IngestRuns
  schedule: IngestSchedule
  /** Who besides those with a token may ingest. */
  identity: GoogleIdentity | undefined
  /** Where traces are wanted. */
  tracing: Tracing | undefined
  version: string
  /** Begins nothing more and aborts an ingest under way; waits for its end until `patience` aborts. */
  stop (patience?: AbortSignal): Promise<void>
  /** Stops, and frees everything. */
  close (): Promise<void>
}

export interface ServiceOptions {
  /** Where an ingest gets upstream's answer; over the network unless given. */
  fetch?: FetchAnswer
  onIngestChange?: (report: IngestReport) => void
  /** Where the certificates of identity tokens are; Google's own address unless given. */
  certificatesUrl?: string
}

// Of the engine's memory, the share that days other than the latest may take.
const otherDaysShare = 0.5

/** Opens the engine, the store and all that works on them; nothing runs by itself yet. */
export async function openServices (config: Config, log: Log, options: ServiceOptions = {}): Promise<Services> {
  const scratch = await forVariable('SNAPSHOT_CACHE_DIR', config, () => makeScratch(resolve(config.SNAPSHOT_CACHE_DIR)))
  const { SNAPSHOT_STORE: url, GCS_ENDPOINT: endpoint } = config
  const cacheFolder = cacheFolderOf(dirname(scratch), url, endpoint)
  const database = await Database.open({
    memoryLimit: config.DUCKDB_MEMORY_LIMIT,
    threads: config.DUCKDB_THREADS,
    concurrency: config.QUERY_CONCURRENCY,
    queueLimit: config.QUERY_QUEUE,
    timeoutMs: config.QUERY_TIMEOUT_MS,
    directories: [scratch, ...await forVariable('SNAPSHOT_STORE', config, () => readableFolders(url, cacheFolder))],
    temporaryDirectory: join(scratch, 'spill'),
  })
  const store = await openStore({ url, endpoint, database, cacheFolder, log })
  const history = new History({ store, database, log, path: historyFileOf(dirname(scratch), url, endpoint), scratch })
  const catalog = new Catalog({
    store,
    database,
    log,
    refreshSeconds: config.SNAPSHOT_REFRESH_SECONDS,
    memoryBytes: Math.floor(parseSize(config.DUCKDB_MEMORY_LIMIT) * otherDaysShare),
    onLook: days => history.follow(days),
  })
  const runs = new IngestRuns({
    store,
    database,
    scratch,
    fetch: options.fetch ?? fetchFromUpstream({
      url: config.UPSTREAM_URL,
      timeoutMs: config.UPSTREAM_TIMEOUT_SECONDS * 1000,
      maxBytes: parseSize(config.UPSTREAM_MAX_BYTES),
      caFile: config.UPSTREAM_CA_FILE,
      tlsPin: config.UPSTREAM_TLS_PIN,
      version,
    }),
    timeZone: config.SNAPSHOT_TIMEZONE,
    maxShrink: config.INGEST_MAX_SHRINK,
    serviceVersion: version,
    load: () => catalog.refreshAfterPublishing().catch(error => {
      log.error({ err: error }, 'a published snapshot cannot be served yet')
      throw error
    }),
  }, log, options.onIngestChange)
  const schedule = new IngestSchedule({ runs, store, timeZone: config.SNAPSHOT_TIMEZONE, onStart: config.INGEST_ON_START, cron: config.INGEST_SCHEDULE, log })
  const identity = await openIdentity(config, options.certificatesUrl)
  const tracing = await openTracing(config)
  const stop = async (patience?: AbortSignal) => {
    schedule.stop()
    catalog.stop()
    await Promise.all([runs.stop(patience), history.stop()])
  }
  const close = async () => {
    await stop()
    await database.close()
    await tracing?.stop().catch(error => log.warn({ err: error }, 'the last traces could not be sent'))
    await rm(scratch, { recursive: true, force: true })
  }
  return { database, store, catalog, history, reader: new Reader(database), scratch, runs, schedule, identity, tracing, version, stop, close }
}

/** Loaded only where it is configured, since Google's library takes long to load. */
async function openIdentity ({ INGEST_OIDC_AUDIENCE: audience, INGEST_OIDC_EMAILS: emails }: Config, certificatesUrl: string | undefined): Promise<GoogleIdentity | undefined> {
  if (audience === undefined || emails === undefined) return undefined
  const { GoogleIdentity } = await import('./identity.js')
  return new GoogleIdentity({ audience, emails: splitList(emails), certificatesUrl })
}

/** Nothing of OpenTelemetry is loaded where nobody wants traces. */
async function openTracing ({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }: Config): Promise<Tracing | undefined> {
  if (endpoint === undefined) return undefined
  const { startTracing } = await import('./tracing.js')
  return startTracing(endpoint)
}

/** Names the variable whose folder cannot be used. */
async function forVariable<T> (name: 'SNAPSHOT_CACHE_DIR' | 'SNAPSHOT_STORE', config: Config, work: () => Promise<T>): Promise<T> {
  return await work().catch(error => {
    throw new ConfigError(`${name} is ${JSON.stringify(config[name])}, but takes a folder that can be used: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  })
}

/** Where the engine reads snapshots. */
async function readableFolders (url: string, cacheFolder: string): Promise<string[]> {
  if (!url.startsWith('file:')) return [cacheFolder]
  const folder = storeFolder(url)
  await mkdir(folder, { recursive: true })
  return [folder, await realpath(folder)]
}

/** A folder of this process, in the given one; what dead processes left there goes. */
async function makeScratch (folder: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  for (const name of await readdir(folder)) {
    if (isAbandoned(name)) await rm(join(folder, name), { recursive: true, force: true })
  }
  const scratch = join(await realpath(folder), temporaryName('scratch'))
  await mkdir(scratch)
  return scratch
}
