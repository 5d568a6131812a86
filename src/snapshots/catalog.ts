import type { FileHandle } from 'node:fs/promises'
import { LRUCache } from 'lru-cache'
import type { Logger } from 'pino'
import type { SnapshotDetail, Snapshot } from '../../schemas/snapshot.js'
import type { Database } from '../duckdb/database.js'
import { OshError } from '../errors.js'
import { toDate } from './day.js'
import { describeSnapshot, type Description } from './describe.js'
import { openSnapshot } from './file.js'
import { LoadedSnapshots, type Lease } from './loaded.js'
import type { DaySelector, Selector } from './selector.js'
import { idOf, SnapshotGoneError, type SnapshotStore, type StoredSnapshot } from './store.js'

export interface CatalogOptions {
  store: SnapshotStore
  database: Database
  log: Pick<Logger, 'info' | 'warn' | 'error'>
  /** How often to look for snapshots that others published. */
  refreshSeconds: number
  /** Bytes that the days other than the latest may take in memory. */
  memoryBytes: number
  /** Told after each look which days there are, newest first. */
  onLook?: (days: readonly StoredSnapshot[]) => void
}

const retryAfterSeconds = 5
// A day that is asked for and not known is looked up again, but not more often than this.
const minLookMs = 1000

/**
 * Which days there are and which is the latest. The latest is always loaded, and a newer
 * one is loaded beside it before it takes its place; other days load when they are asked for.
 */
export class Catalog {
  readonly #options: CatalogOptions
  readonly #loaded: LoadedSnapshots
  readonly #rows = new Map<string, number>()
  readonly #descriptions = new LRUCache<string, Description>({ max: 100 })
  readonly #unreadable = new Set<string>()
  #days: StoredSnapshot[] = []
  #latest: StoredSnapshot | undefined
  #refreshing: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #lookedAt: Date | undefined
  #triedAt = 0

  constructor (options: CatalogOptions) {
    this.#options = options
    this.#loaded = new LoadedSnapshots(options)
  }

  /** Looks into the store now and then every `refreshSeconds`; a store that fails is tried again. */
  async start (): Promise<void> {
    this.#timer = setInterval(() => this.#tryRefresh(), this.#options.refreshSeconds * 1000)
    this.#timer.unref()
    await this.#tryRefresh()
  }

  /** Stops looking. */
  stop (): void {
    clearInterval(this.#timer)
  }

  /** The last time the store answered. */
  get lookedAt (): Date | undefined { return this.#lookedAt }

  /** The snapshot that is served by default. */
  get latest (): Snapshot | undefined { return this.#latest && this.#summary(this.#latest) }

  /** How many days there are. */
  get size (): number { return this.#days.length }

  /** All days, newest first. */
  list (): Snapshot[] {
    return this.#days.map(stored => this.#summary(stored))
  }

  /** Looks into the store and makes the newest readable snapshot the latest. Callers at the same time share one look. */
  async refresh (): Promise<void> {
    this.#refreshing ??= this.#refresh()
      .then(() => this.#options.onLook?.(this.#days))
      .finally(() => { this.#refreshing = undefined })
    await this.#refreshing
  }

  /** Like {@link refresh}, but certain to see what was published before the call. */
  async refreshAfterPublishing (): Promise<void> {
    await this.#refreshing?.catch(() => undefined)
    await this.refresh()
  }

  /**
   * The plots of a snapshot, to be released after use. Throws `OSH_NO_SNAPSHOT`,
   * `OSH_SNAPSHOT_NOT_FOUND`, `OSH_SNAPSHOT_REPLACED` or `OSH_SNAPSHOT_UNREADABLE`.
   */
  async acquire (selector: Selector): Promise<Lease> {
    return await this.#read(selector, stored => this.#load(stored))
  }

  /** The stored snapshot that is asked for, where that is known without a look into the store. */
  peek (selector: Selector): StoredSnapshot | undefined {
    return selector === 'latest' ? this.#latest : this.#findKnown(selector)
  }

  /** The stored snapshot that is asked for; throws as {@link acquire} does. */
  async find (selector: Selector): Promise<StoredSnapshot> {
    const known = this.peek(selector)
    if (known !== undefined) return known
    if (selector === 'latest') throw this.#noSnapshot()
    await this.#look()
    const found = this.#findKnown(selector)
    if (found !== undefined) return found
    throw this.#missing(selector)
  }

  /** The file of a snapshot, open, to be closed after use; throws as {@link acquire} does. */
  async open (selector: Selector): Promise<{ stored: StoredSnapshot, file: FileHandle }> {
    return await this.#read(selector, async stored => ({ stored, file: await openSnapshot(this.#options.store, stored) }))
  }

  /** A snapshot with where it came from and its quality report. */
  async describe (selector: Selector): Promise<SnapshotDetail> {
    const { store, database } = this.#options
    return await this.#read(selector, async stored => {
      const description = this.#descriptions.get(idOf(stored)) ?? await describeSnapshot(store, database, stored)
      this.#descriptions.set(idOf(stored), description)
      this.#rows.set(idOf(stored), description.quality.rows)
      return { ...this.#summary(stored), ...description }
    })
  }

  /** `again`: how often to list anew where a day is replaced before it could be read. */
  async #refresh (again = 2): Promise<void> {
    this.#triedAt = Date.now()
    this.#days = await this.#options.store.list()
    this.#lookedAt = new Date()
    const present = new Set(this.#days.map(idOf))
    for (const id of this.#unreadable) if (!present.has(id)) this.#unreadable.delete(id)
    try {
      for (const stored of this.#days) {
        if (this.#latest !== undefined && idOf(stored) === idOf(this.#latest)) return
        if (await this.#promote(stored)) return
      }
    } catch (error) {
      if (!(error instanceof SnapshotGoneError) || again === 0) throw error
      return await this.#refresh(again - 1)
    }
    if (this.#days.length === 0) this.#latest = undefined
  }

  /** Loads a snapshot and makes it the latest; false where the file cannot be read. Throws where the store or the cache fails. */
  async #promote (stored: StoredSnapshot): Promise<boolean> {
    try {
      const relation = await this.#loaded.pin(stored)
      this.#rows.set(idOf(stored), relation.rows)
      this.#unreadable.delete(idOf(stored))
    } catch (error) {
      if (error instanceof OshError || error instanceof SnapshotGoneError) throw error
      if (!this.#unreadable.has(idOf(stored))) {
        this.#options.log.error({ err: error, snapshot: idOf(stored) }, 'a snapshot cannot be read; the one before it is served')
      }
      this.#unreadable.add(idOf(stored))
      return false
    }
    this.#latest = stored
    this.#options.log.info({ snapshot: idOf(stored), rows: this.#rows.get(idOf(stored)) }, 'the latest snapshot is served')
    return true
  }

  /** Does the work with the snapshot that is asked for; once more where that was replaced before it could be read. */
  async #read<T> (selector: Selector, work: (stored: StoredSnapshot) => Promise<T>): Promise<T> {
    const stored = await this.find(selector)
    try {
      return await work(stored)
    } catch (error) {
      if (!(error instanceof SnapshotGoneError)) throw unreadable(stored, error)
    }
    await this.#tryRefresh()
    const anew = await this.find(selector)
    return await work(anew).catch(error => { throw unreadable(anew, error) })
  }

  async #load (stored: StoredSnapshot): Promise<Lease> {
    const lease = await this.#loaded.acquire(stored)
    this.#rows.set(idOf(stored), lease.relation.rows)
    return lease
  }

  async #tryRefresh (): Promise<void> {
    await this.refresh().catch(error => this.#options.log.error({ err: error }, 'the snapshot store does not answer; what is loaded goes on being served'))
  }

  async #look (): Promise<void> {
    if (Date.now() - this.#triedAt > minLookMs) await this.#tryRefresh()
  }

  #findKnown ({ day, revision }: DaySelector): StoredSnapshot | undefined {
    return this.#days.find(stored => stored.day === day && (revision === undefined || stored.revision === revision))
  }

  #noSnapshot (): OshError {
    if (this.#lookedAt === undefined) return new OshError('OSH_NO_SNAPSHOT', 'The snapshot store has not answered yet; try again shortly.', { retryAfterSeconds })
    return this.#unreadable.size > 0
      ? new OshError('OSH_SNAPSHOT_UNREADABLE', 'No snapshot in the store can be read; see the log.', { retryAfterSeconds })
      : new OshError('OSH_NO_SNAPSHOT', 'No snapshot has been published yet; POST /ingest makes one.', { retryAfterSeconds })
  }

  #missing ({ day, revision }: DaySelector): OshError {
    const other = this.#days.find(stored => stored.day === day)
    if (revision !== undefined && other !== undefined) {
      return new OshError('OSH_SNAPSHOT_REPLACED', `${day}.${revision} has been replaced by ${idOf(other)}; begin again with that one.`, { extensions: { snapshot: idOf(other) } })
    }
    if (this.#days.length === 0) return this.#noSnapshot()
    const earlier = this.#days.find(stored => stored.day < day)
    const later = this.#days.findLast(stored => stored.day > day)
    const dates = { earlier: earlier ? toDate(earlier.day) : null, later: later ? toDate(later.day) : null }
    return new OshError('OSH_SNAPSHOT_NOT_FOUND',
      `There is no snapshot of ${toDate(day)}; the nearest earlier day is ${dates.earlier ?? 'none'}, the nearest later day ${dates.later ?? 'none'}.`, { extensions: dates })
  }

  #summary (stored: StoredSnapshot): Snapshot {
    return {
      date: toDate(stored.day),
      snapshot: idOf(stored),
      rows: this.#rows.get(idOf(stored)) ?? null,
      sizeBytes: stored.sizeBytes,
      publishedAt: stored.publishedAt.toISOString(),
    }
  }
}

function unreadable (stored: StoredSnapshot, error: unknown): Error {
  if (error instanceof OshError && error.code !== 'OSH_STORE_FAILED') return error
  return new OshError('OSH_SNAPSHOT_UNREADABLE', `The snapshot of ${toDate(stored.day)} cannot be read; ask for another day.`, { cause: error, retryAfterSeconds: 60 })
}
