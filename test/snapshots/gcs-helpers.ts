import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pino } from 'pino'
import { Database } from '../../src/duckdb/database.js'
import { SnapshotCache } from '../../src/snapshots/cache.js'
import { GcsStore, type GcsOptions, type GcsTimings } from '../../src/snapshots/gcs.js'
import { startGcsDouble, type DoubleRequest, type GcsDouble } from '../gcs-double.js'
import type { Fault } from '../gcs/faults.js'
import { makeFolder, type Test } from '../helpers/service.js'
import type { StoreKit } from './store-contract.js'

// Patient, so that a slow machine makes no fault of its own.
const patientTimings: GcsTimings = { requestMs: 10_000, stallMs: 10_000, downloadMs: 20_000, publishMs: 30_000, backoffMs: 2 }

/** Where a fault is to be ended by time. */
export const quickTimings: GcsTimings = { ...patientTimings, requestMs: 300, stallMs: 150 }

/** Whether only time ends a fault; a connection that closes early is noticed no sooner by the client. */
export function isEndedByTime (fault: Fault): boolean {
  return ['stall', 'stalled body', 'truncated body'].includes(fault)
}

/** What a store needs to get through a fault soon. */
export function timingsFor (fault: Fault): GcsTimings {
  return isEndedByTime(fault) ? quickTimings : patientTimings
}

export interface GcsKit extends StoreKit {
  double: GcsDouble
  /** Opens another process's view, with a cache of its own unless one is named. */
  open: (options?: Partial<GcsOptions> & { cacheName?: string }) => Promise<GcsStore>
  /** The folder of a named cache. */
  cacheFolder: (name: string) => string
}

/** The object that holds a day. */
export function objectOf (day: string): string {
  return `snapshots/${day}/all-smallholder.parquet`
}

/** A bucket on the double, empty, with the real client. */
export async function makeGcsKit (t: Test): Promise<GcsKit> {
  const home = await makeFolder(t)
  const scratch = join(home, 'scratch')
  await mkdir(scratch)
  const double = await startGcsDouble()
  t.after(() => double.close().catch(() => undefined))
  const database = await Database.open({
    memoryLimit: '500MB', threads: 2, concurrency: 4, queueLimit: 10, timeoutMs: 10_000, directories: [home], temporaryDirectory: join(scratch, 'spill'),
  })
  t.after(() => database.close())
  const log = pino({ level: 'silent' })
  const cacheFolder = (name: string) => join(home, `cache-${name}`)
  let opened = 0
  const open: GcsKit['open'] = async ({ cacheName, ...options } = {}) => new GcsStore({
    url: 'gs://bucket/snapshots',
    endpoint: double.url,
    log,
    timings: patientTimings,
    cache: new SnapshotCache({ folder: cacheFolder(cacheName ?? String(++opened)), limitBytes: 1e9, log }),
    ...options,
  })
  const tamper = async (day: string, bytes: Buffer | undefined) => {
    if (bytes === undefined) double.objects.delete(objectOf(day), null, { ifGenerationMatch: null })
    else double.objects.insert(objectOf(day), bytes, {}, { ifGenerationMatch: null })
  }
  return { scratch, database, double, tamper, open, cacheFolder }
}

/** How many requests of each kind there were. */
export function countRequests (requests: readonly DoubleRequest[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { operation = 'unknown' } of requests) counts[operation] = (counts[operation] ?? 0) + 1
  return counts
}

/** Requests that must never be: resumable or unconditional uploads, deletes without a generation, unknown routes. */
export function findForbidden (requests: readonly DoubleRequest[]): DoubleRequest[] {
  return requests.filter(({ operation, path, query }) => operation === undefined ||
    (path.startsWith('/upload/') && (query['uploadType'] !== 'multipart' || query['ifGenerationMatch'] === undefined)) ||
    (operation === 'delete' && query['generation'] === undefined && query['ifGenerationMatch'] === undefined))
}
