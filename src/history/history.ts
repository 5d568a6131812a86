import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Database } from '../duckdb/database.js'
import { dropRelation, type Relation } from '../duckdb/relation.js'
import { createVersions, foldDay, readDay, rewindVersions } from '../duckdb/versions.js'
import { OshError } from '../errors.js'
import { SnapshotGoneError, type SnapshotStore, type StoredSnapshot } from '../snapshots/store.js'
import { countShared, nameOf } from './days.js'
import { loadVersions, saveVersions, type Folded, type FoldedDay } from './file.js'

export interface HistoryOptions {
  store: SnapshotStore
  database: Database
  log: Pick<Logger, 'info' | 'warn' | 'error'>
  /** Where the versions are kept between runs; deleting it loses nothing but time. */
  path: string
  /** A folder of this process on the same disk, which the engine may write to. */
  scratch: string
}

/** The versions of all plots on all days, held until it is released. */
export interface HistoryLease {
  /** Names this state of the history as a snapshot's name does. */
  stored: StoredSnapshot
  relation: Relation
  /** The days that can be asked for, oldest first. */
  days: readonly FoldedDay[]
  /** The same once more, to be released by itself. */
  again (): HistoryLease
  release (): void
}

export interface HistoryProgress {
  days: number
  of: number
  isReady: boolean
}

/** Versions that somebody may be reading while they are replaced. */
interface Held extends Folded {
  uses: number
  stale: boolean
}

// Of a long building, so much may be lost by a kill.
const daysBetweenSaves = 30
const waitMs = 2000
// More than a day of 47,500 plots takes on two cores, to tell clients when to come again.
const secondsPerDay = 0.5
const longestRetryAfterSeconds = 300

/**
 * The versions of every plot over all days, folded day by day in the background: `follow` tells which days
 * there are, and whatever no longer fits is unfolded back to the first day that differs.
 */
export class History {
  readonly #options: HistoryOptions
  #held: Held | undefined
  #wanted: readonly StoredSnapshot[] = []
  #running: Promise<void> | undefined
  #isStarted = false
  #stopped = false
  #saved = ''
  #state: StoredSnapshot | undefined

  constructor (options: HistoryOptions) {
    this.#options = options
  }

  /** Begins to fold what {@link follow} tells. */
  start (): void {
    this.#isStarted = true
    this.#run()
  }

  /** Which days there are now, newest first. Returns at once; what is missing is folded in the background. */
  follow (days: readonly StoredSnapshot[]): void {
    this.#wanted = days.toReversed()
    this.#run()
  }

  /** Begins no further day and waits for the end of the one under way. */
  async stop (): Promise<void> {
    this.#stopped = true
    await this.#running
  }

  get progress (): HistoryProgress {
    return { days: countShared(this.#held?.days ?? [], this.#wanted), of: this.#wanted.length, isReady: this.#isReady }
  }

  /** The state of the history where it has all days; undefined while it is being built. */
  peek (): StoredSnapshot | undefined {
    return this.#isReady ? this.#state : undefined
  }

  /**
   * The history of all days, to be released after use. Waits a little where some are missing, then throws
   * `OSH_HISTORY_BUILDING`; `OSH_NO_SNAPSHOT` where there is no day at all.
   */
  async acquire (): Promise<HistoryLease> {
    const deadline = performance.now() + waitMs
    while (this.#wanted.length > 0 && !this.#isReady && performance.now() < deadline && !this.#stopped) await delay(20)
    if (this.#wanted.length === 0) throw new OshError('OSH_NO_SNAPSHOT', 'No snapshot has been published yet; POST /ingest makes one.', { retryAfterSeconds: 5 })
    if (this.#held === undefined || this.#state === undefined || !this.#isReady) throw this.#building()
    return this.#lease(this.#held, this.#state)
  }

  get #isReady (): boolean {
    const folded = this.#held?.days.length
    return folded !== undefined && folded > 0 && folded === this.#wanted.length && countShared(this.#held?.days ?? [], this.#wanted) === folded
  }

  #building (): OshError {
    const { days, of } = this.progress
    const retryAfterSeconds = Math.min(longestRetryAfterSeconds, Math.max(1, Math.ceil((of - days) * secondsPerDay)))
    return new OshError('OSH_HISTORY_BUILDING', `The history has ${days} of ${of} days so far; try again shortly.`, { retryAfterSeconds, extensions: { days, of } })
  }

  #lease (held: Held, stored: StoredSnapshot): HistoryLease {
    held.uses++
    let released = false
    const { table, days } = held
    return {
      stored,
      relation: { table, rows: 0, plots: 0, sizeBytes: 0 },
      days: readableOf(days),
      again: () => this.#lease(held, stored),
      release: () => {
        if (!released) held.uses--
        released = true
        this.#dropUnused(held)
      },
    }
  }

  #run (): void {
    if (!this.#isStarted || this.#stopped || this.#running !== undefined || this.#wanted.length === 0) return
    this.#running = this.#catchUp().then(() => {
      this.#running = undefined
      // Days may have come while it ended.
      if (!this.#isReady) this.#run()
    }, error => {
      this.#running = undefined
      this.#options.log.error({ err: error }, 'the history of the register cannot be built on for now')
    })
  }

  /** Folds day after day until nothing is missing, beginning anew where the days have changed meanwhile. */
  async #catchUp (): Promise<void> {
    let held = this.#held ??= await this.#open()
    for (let sinceSave = 0; !this.#stopped; sinceSave++) {
      const wanted = this.#wanted
      const kept = countShared(held.days, wanted)
      if (kept < held.days.length) held = await this.#rewind(held, kept)
      const next = wanted[kept]
      if (next === undefined || sinceSave >= daysBetweenSaves) {
        await this.#save(held)
        sinceSave = 0
      }
      if (next === undefined) {
        if (this.#wanted === wanted) return
      } else await this.#fold(held, next, wanted)
    }
    await this.#save(held)
  }

  async #open (): Promise<Held> {
    const { database, log, path } = this.#options
    const loaded = await database.session(connection => loadVersions(connection, this.#options)).catch(error => {
      log.warn({ err: error, path }, 'the history that was kept cannot be used and is built again')
      return undefined
    })
    if (loaded !== undefined) this.#saved = nameOf(loaded.days)
    const folded = loaded ?? { table: await database.session(createVersions), days: [] }
    const held = { ...folded, uses: 0, stale: false }
    this.#tell(held, this.#wanted)
    return held
  }

  async #fold (held: Held, next: StoredSnapshot, wanted: readonly StoredSnapshot[]): Promise<void> {
    const { store, database, log } = this.#options
    const { day, revision } = next
    const before = readableOf(held.days)
    const lacking = await database.session(async connection => {
      const lacking = await store.read(next, path => readDay(connection, held.table, path, before), { once: true }).catch(error => {
        // A store that fails, a day replaced meanwhile and a machine without room are no fault of the file: it is tried again later.
        if (error instanceof OshError || error instanceof SnapshotGoneError || isWithoutRoom(error)) throw error
        log.warn({ err: error, snapshot: `${day}.${revision}` }, 'the history passes over a snapshot that cannot be read')
        return undefined
      })
      // Only now is it certain that what was read is that revision.
      if (lacking !== undefined) await foldDay(connection, held.table, { day, lacking }, before)
      return lacking
    })
    held.days = [...held.days, { day, revision, lacking: lacking ?? [], unreadable: lacking === undefined }]
    this.#tell(held, wanted)
    const done = held.days.length
    if (done % daysBetweenSaves === 0 || done === wanted.length) log.info({ days: done, of: wanted.length }, 'the history of the register is being built')
  }

  /** Makes the versions those of the first `kept` days. */
  async #rewind (held: Held, kept: number): Promise<Held> {
    const { database, log } = this.#options
    const days = held.days.slice(0, kept)
    const readable = readableOf(days)
    log.info({ days: kept, of: this.#wanted.length }, 'a day of the register was replaced, added or removed; the history is built again from there')
    const table = await database.session(connection => readable.length === 0 ? createVersions(connection) : rewindVersions(connection, held.table, readable))
    const rewound = { table, days, uses: 0, stale: false }
    this.#held = rewound
    held.stale = true
    this.#dropUnused(held)
    this.#tell(rewound, this.#wanted)
    return rewound
  }

  #tell ({ days }: Held, wanted: readonly StoredSnapshot[]): void {
    const last = wanted[days.length - 1]
    this.#state = last && { ...last, revision: `${last.revision}-${nameOf(days)}` }
  }

  async #save (held: Held): Promise<void> {
    const { database, log, path } = this.#options
    const name = nameOf(held.days)
    if (name === this.#saved || held.days.length === 0) return
    try {
      await database.session(connection => saveVersions(connection, held, this.#options))
      this.#saved = name
    } catch (error) {
      log.warn({ err: error, path }, 'the history cannot be kept on disk; the next start builds it again')
    }
  }

  #dropUnused (held: Held): void {
    if (!held.stale || held.uses > 0) return
    this.#options.database.session(connection => dropRelation(connection, held)).catch(() => undefined)
  }
}

function readableOf (days: readonly FoldedDay[]): FoldedDay[] {
  return days.filter(({ unreadable }) => !unreadable)
}

function isWithoutRoom (error: unknown): boolean {
  return error instanceof Error && /^(Out of Memory|Internal|FATAL|INTERRUPT) Error|No space left|ENOSPC|EMFILE/i.test(error.message)
}
