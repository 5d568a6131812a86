import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import { SnapshotCache } from './cache.js'
import { MismatchError, type Expected } from './checksum.js'
import { isDay } from './day.js'
import { download } from './download.js'
import { Bucket, type ListedObject } from './gcs-bucket.js'
import { BucketError, isTransient, toStoreError } from './gcs-error.js'
import { ForeignObjects } from './gcs-foreign.js'
import { publishObject } from './gcs-publish.js'
import { retry } from './retry.js'
import { fileName, SnapshotGoneError, type PreparedSnapshot, type Publication, type RequestCount, type SnapshotStore, type StoredSnapshot } from './store.js'

/** How long and how often a bucket is asked, in milliseconds. */
export interface GcsTimings {
  /** One request. */
  requestMs: number
  /** No byte of a download for so long ends it. */
  stallMs: number
  /** One download. */
  downloadMs: number
  /** All attempts to publish; one that is under way may take `requestMs` more. */
  publishMs: number
  /** The first pause before another try; later ones grow. */
  backoffMs: number
}

export interface GcsOptions {
  /** `gs://bucket/prefix`. */
  url: string
  endpoint?: string | undefined
  cache: SnapshotCache
  log: Pick<Logger, 'info' | 'warn' | 'error'>
  timings?: Partial<GcsTimings>
  now?: () => number
  newId?: () => string
}

const usualTimings: GcsTimings = { requestMs: 15_000, stallMs: 3000, downloadMs: 30_000, publishMs: 60_000, backoffMs: 500 }
const tries = 4

/** A bucket as snapshot store, shared with any number of other writers. A revision is an object's generation. */
export class GcsStore implements SnapshotStore {
  readonly url: string
  readonly #options: GcsOptions
  readonly #timings: GcsTimings
  readonly #bucket: Bucket
  readonly #prefix: string
  readonly #foreign: ForeignObjects

  /** Asks nothing of the bucket yet. */
  constructor (options: GcsOptions) {
    const { bucket, prefix } = parseGcsUrl(options.url)
    this.url = options.url
    this.#options = options
    this.#timings = { ...usualTimings, ...options.timings }
    this.#bucket = new Bucket({ name: bucket, endpoint: options.endpoint, requestMs: this.#timings.requestMs })
    this.#prefix = prefix
    this.#foreign = new ForeignObjects(this.#bucket, prefix, options.log)
  }

  get requests (): Readonly<Record<string, RequestCount>> { return this.#bucket.requests }

  async list (): Promise<StoredSnapshot[]> {
    const days = new Map<string, StoredSnapshot>()
    let pageToken: string | undefined
    do {
      const query = { prefix: this.#prefix, matchGlob: `${this.#prefix}*/${fileName}`, pageToken }
      const page = await this.#again(() => this.#bucket.list(query))
      for (const object of page.items ?? []) {
        const stored = this.#toStored(object)
        if (stored !== undefined) days.set(stored.day, stored)
      }
      pageToken = page.nextPageToken
    } while (pageToken !== undefined)
    await this.#foreign.nameOnce(days)
    return [...days.values()].sort((a, b) => b.day.localeCompare(a.day))
  }

  async read<T> (stored: StoredSnapshot, use: (path: string) => Promise<T>, options: { once?: boolean } = {}): Promise<T> {
    const name = `${stored.day}.${stored.revision}.parquet`
    const expected = await this.#expect(stored, name)
    return await this.#options.cache.use(name, expected && { expected, fetch: target => this.#fetch(stored, expected, target) }, use, options)
  }

  async publish (day: string, prepared: PreparedSnapshot): Promise<Publication> {
    const { now = () => performance.now(), newId = randomUUID } = this.#options
    const { outcome, object } = await publishObject(this.#bucket, this.#nameOf(day), prepared, { ...this.#timings, now, newId })
    return { outcome, stored: toStored(day, object) }
  }

  /** What a local copy has to be; undefined where the bucket does not answer, but a copy is there that was checked. */
  async #expect ({ day, revision }: StoredSnapshot, name: string): Promise<Expected | undefined> {
    const look = () => this.#bucket.stat(this.#nameOf(day), revision)
    const object = await (this.#options.cache.has(name) ? look().catch(passOver) : this.#again(look))
    if (object === unanswered) return undefined
    if (object === undefined) throw new SnapshotGoneError(`${day}.${revision} is gone`)
    return { sizeBytes: Number(object.size), crc32c: object.crc32c, sha256: object.metadata?.['sha256'] }
  }

  /** Downloads a generation: once more where its bytes are wrong, a few times where the connection is. */
  async #fetch ({ day, revision }: StoredSnapshot, expected: Expected, target: string): Promise<void> {
    const { stallMs, downloadMs, backoffMs } = this.#timings
    const attempt = () => download(signal => this.#bucket.read(this.#nameOf(day), revision, signal), target, expected, { stallMs, totalMs: downloadMs })
    const whole = () => retry(attempt, isTransient, { tries: 3, backoffMs })
    try {
      await retry(whole, error => error instanceof MismatchError, { tries: 2, backoffMs })
    } catch (error) {
      if (error instanceof BucketError && error.status === 404) throw new SnapshotGoneError(`${day}.${revision} is gone`, { cause: error })
      throw toStoreError(error)
    }
  }

  async #again<T> (request: () => Promise<T>): Promise<T> {
    return await retry(request, isTransient, { tries, backoffMs: this.#timings.backoffMs }).catch((error: unknown) => { throw toStoreError(error) })
  }

  #nameOf (day: string): string {
    return `${this.#prefix}${day}/${fileName}`
  }

  #toStored (object: ListedObject): StoredSnapshot | undefined {
    const day = object.name.slice(this.#prefix.length, -fileName.length - 1)
    // Not every server heeds `matchGlob`, so that any name below the prefix may come.
    return isDay(day) && object.name === this.#nameOf(day) ? toStored(day, object) : undefined
  }
}

/** The parts of `gs://bucket/prefix`; the prefix ends in a slash or is empty. */
export function parseGcsUrl (url: string): { bucket: string, prefix: string } {
  const [bucket = '', ...folders] = url.slice('gs://'.length).split('/').filter(part => part !== '')
  return { bucket, prefix: folders.map(folder => `${folder}/`).join('') }
}

const unanswered = Symbol('unanswered')

function passOver (error: unknown): typeof unanswered {
  if (isTransient(error)) return unanswered
  throw toStoreError(error)
}

function toStored (day: string, { generation, size, timeCreated }: ListedObject): StoredSnapshot {
  return { day, revision: generation, sizeBytes: Number(size), publishedAt: new Date(timeCreated) }
}
