import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pino } from 'pino'
import { Database } from '../../src/duckdb/database.js'
import { SnapshotCache } from '../../src/snapshots/cache.js'
import { GcsStore, type GcsOptions, type GcsTimings } from '../../src/snapshots/gcs.js'
import type { DoubleRequest, GcsDouble } from '../gcs-double.js'
import type { Fault } from '../gcs/faults.js'
import { openDouble, openPlace, type Place } from '../gcs/place.js'
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
  place: Place
  /** Opens another process's view, with a cache of its own unless one is named. */
  open: (options?: Partial<GcsOptions> & { cacheName?: string }) => Promise<GcsStore>
  /** The folder of a named cache. */
  cacheFolder: (name: string) => string
}

export interface DoubleKit extends GcsKit {
  double: GcsDouble
}

/** The object that holds a day, as its place names it. */
export function objectOf (day: string): string {
  return `snapshots/${day}/all-smallholder.parquet`
}

/** The URL of the snapshots in a place. */
export function urlOf ({ bucket, root }: Place): string {
  return `gs://${bucket}/${root}snapshots`
}

/** An empty place, on the double or the server that the tests run against, with the real client. */
export async function makeGcsKit (t: Test): Promise<GcsKit & { double?: GcsDouble }> {
  const place = await openPlace(t)
  return { ...await makeKit(t, place), ...(place.double !== undefined && { double: place.double }) }
}

/** A bucket on a double of its own, empty, with the real client. */
export async function makeDoubleKit (t: Test): Promise<DoubleKit> {
  const place = await openDouble(t)
  return { ...await makeKit(t, place), double: place.double }
}

async function makeKit (t: Test, place: Place): Promise<GcsKit> {
  const home = await makeFolder(t)
  const scratch = join(home, 'scratch')
  await mkdir(scratch)
  const database = await Database.open({
    memoryLimit: '500MB', threads: 2, concurrency: 4, queueLimit: 10, timeoutMs: 10_000, directories: [home], temporaryDirectory: join(scratch, 'spill'),
  })
  t.after(() => database.close())
  const log = pino({ level: 'silent' })
  const cacheFolder = (name: string) => join(home, `cache-${name}`)
  let opened = 0
  const open: GcsKit['open'] = async ({ cacheName, ...options } = {}) => new GcsStore({
    url: urlOf(place),
    endpoint: place.endpoint,
    log,
    // Google's own servers ask for longer pauses between writes to one name.
    timings: place.endpoint === undefined ? { publishMs: 120_000 } : patientTimings,
    cache: new SnapshotCache({ folder: cacheFolder(cacheName ?? String(++opened)), limitBytes: 1e9, log }),
    ...options,
  })
  const tamper = async (day: string, bytes: Buffer | undefined) =>
    await (bytes === undefined ? place.remove(objectOf(day)) : place.put(objectOf(day), bytes))
  return { scratch, database, place, tamper, open, cacheFolder }
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
