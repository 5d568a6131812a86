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
  /** Until the store is asked again where it did not answer at the start. */
  againMs?: number
}

// So that replicas with the same schedule do not all ask upstream in the same second.
const maxSpreadMs = 10_000
const againMs = 15_000

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
    if (onStart !== 'never') await this.#ingestOnStart(onStart)
  }

  stop (): void {
    this.#job?.stop()
    for (const timer of this.#timers) clearTimeout(timer)
  }

  async #ingestOnStart (onStart: 'if-empty' | 'if-stale'): Promise<void> {
    try {
      if (onStart === 'if-stale') await this.#ingestUnlessThere()
      else if ((await this.#days()).length === 0) this.#options.runs.start(false)
    } catch (error) {
      this.#options.log.error({ err: error }, 'the snapshot store does not answer, so whether to ingest is seen later')
      this.#later(() => this.#ingestOnStart(onStart), this.#options.againMs ?? againMs)
    }
  }

  #wait (): void {
    this.#later(() => this.#ingestUnlessThere(), (this.#options.random ?? Math.random)() * maxSpreadMs)
  }

  #later (work: () => Promise<void>, ms: number): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      work().catch(error => this.#options.log.error({ err: error }, 'a scheduled ingest could not begin'))
    }, ms)
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
