import { percentile } from '../measure.js'

/** What somebody who asked was answered. */
export interface LoadResult {
  seconds: number
  /** Answers by their status. */
  statuses: Record<string, number>
  /** Connections refused or broken, and requests that got no answer in time. */
  errors: number
  p50Ms: number
  p99Ms: number
}

/** Counts the answers of one job as they come. */
export class Tally {
  #startedAt = performance.now()
  readonly #statuses: Record<string, number> = {}
  readonly #latencies: number[] = []

  /** Tells that all connections are being made now, which itself takes long where they are many. */
  start (): void {
    this.#startedAt = performance.now()
  }

  add (status: number | undefined, ms: number): void {
    const key = String(status)
    this.#statuses[key] = (this.#statuses[key] ?? 0) + 1
    this.#latencies.push(ms)
  }

  close (errors: number): LoadResult {
    return {
      seconds: (performance.now() - this.#startedAt) / 1000,
      statuses: this.#statuses,
      errors,
      p50Ms: percentile(this.#latencies, 0.5),
      p99Ms: percentile(this.#latencies, 0.99),
    }
  }
}
