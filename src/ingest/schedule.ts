import { Cron } from 'croner'
import type { Logger } from 'pino'
import { dayOf } from '../snapshots/day.js'
import type { SnapshotStore } from '../snapshots/store.js'
import type { IngestRuns } from './runs.js'

export interface ScheduleOptions {
  runs: IngestRuns
  store: SnapshotStore
  timeZone: string
  /** When to ingest in the service's own first moments. */
  onStart: 'never' | 'if-empty' | 'if-stale'
  /** A cron expression, in `timeZone`. */
  cron: string | undefined
  log: Pick<Logger, 'info' | 'error'>
  /** From 0 up to 1. */
  random?: () => number
}

// So that replicas with the same schedule do not all ask upstream in the same second.
const maxSpreadMs = 10_000

/** Ingests at the start where that is wanted, and later on schedule. */
export class IngestSchedule {
  readonly #options: ScheduleOptions
  readonly #timers = new Set<NodeJS.Timeout>()
  #job: Cron | undefined

  constructor (options: ScheduleOptions) {
    this.#options = options
  }

  /** Call once the catalog knows the store. */
  async start (): Promise<void> {
    const { onStart, cron, timeZone, log } = this.#options
    if (cron !== undefined) {
      this.#job = new Cron(cron, { timezone: timeZone, unref: true }, () => this.#wait())
      log.info({ next: this.#job.nextRun()?.toISOString() }, 'ingest is scheduled')
    }
    if (onStart === 'if-stale') await this.#ingestUnlessThere()
    if (onStart === 'if-empty' && (await this.#days()).length === 0) this.#options.runs.start(false)
  }

  stop (): void {
    this.#job?.stop()
    for (const timer of this.#timers) clearTimeout(timer)
  }

  #wait (): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      this.#ingestUnlessThere().catch(error => this.#options.log.error({ err: error }, 'a scheduled ingest could not begin'))
    }, (this.#options.random ?? Math.random)() * maxSpreadMs)
    this.#timers.add(timer)
  }

  async #ingestUnlessThere (): Promise<void> {
    const today = dayOf(new Date(), this.#options.timeZone)
    if (!(await this.#days()).includes(today)) this.#options.runs.start(false)
  }

  async #days (): Promise<string[]> {
    return (await this.#options.store.list()).map(({ day }) => day)
  }
}
