import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Served } from './plugins/answers.js'
import type { Services } from './services.js'

export type Measured = Pick<Services, 'database' | 'catalog' | 'history' | 'runs' | 'store' | 'version'>

type Labels = Record<string, string>

// From an answer out of memory to QUERY_TIMEOUT_MS.
const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const knownMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'OPTIONS'])

/**
 * What `GET /metrics` tells. The parts count for themselves and are read when somebody asks;
 * only answers are observed as they go. No label takes a value that a client can make up.
 */
export class Metrics {
  readonly registry = new Registry()
  readonly #durations: Histogram
  readonly #observers = new Map<string, (seconds: number) => void>()
  readonly #served: Record<Served['cache'], number> = { hit: 0, miss: 0, revalidated: 0 }

  constructor (parts: Measured) {
    this.#durations = new Histogram({ name: 'osh_http_request_duration_seconds', help: 'Time until an answer was sent, by method, route and status', labelNames: ['method', 'route', 'status'], buckets, registers: [this.registry] })
    this.readCounters('osh_answers_total', 'Answers from snapshots: hit (given again from memory), miss (made), revalidated (304)', 'cache', () => Object.entries(this.#served))
    this.#readQueries(parts)
    this.#readSnapshots(parts)
    this.#readIngests(parts)
    this.#readStore(parts)
    this.readGauge('osh_build_info', '1, with the version of the service', () => 1, { version: parts.version })
    collectDefaultMetrics({ register: this.registry })
  }

  /** Counts one answer; `served` where a snapshot was asked. */
  countAnswer (method: string, route: string | undefined, status: number, milliseconds: number, served: Served | null | undefined): void {
    const key = `${method} ${status} ${route}`
    const observe = this.#observers.get(key) ?? this.#makeObserver(key, method, route, status)
    observe(milliseconds / 1000)
    if (served) this.#served[served.cache]++
  }

  /** A value as it is when somebody asks; absent while it is undefined. */
  readGauge (name: string, help: string, read: () => number | undefined, labels: Labels = {}): void {
    const gauge = new Gauge({
      name,
      help,
      labelNames: Object.keys(labels),
      registers: [this.registry],
      collect: () => {
        const value = read()
        if (value === undefined) gauge.remove(labels)
        else gauge.set(labels, value)
      },
    })
  }

  /** Counts that somebody else keeps, one for each value of a label. */
  readCounters (name: string, help: string, label: string, read: () => Iterable<readonly [string, number]>): void {
    const counter = new Counter({
      name,
      help,
      labelNames: [label],
      registers: [this.registry],
      collect: () => {
        counter.reset()
        for (const [value, count] of read()) counter.inc({ [label]: value }, count)
      },
    })
  }

  #makeObserver (key: string, method: string, route: string | undefined, status: number): (seconds: number) => void {
    const child = this.#durations.labels(knownMethods.has(method) ? method : 'other', route ?? 'none', String(status))
    this.#observers.set(key, child.observe)
    return child.observe
  }

  #readQueries ({ database }: Measured): void {
    this.readGauge('osh_queries_running', 'Queries that run now', () => database.running)
    this.readGauge('osh_queries_queued', 'Queries that wait for their turn now', () => database.queued)
    this.readCounters('osh_queries_total', 'Queries of clients by outcome: answered, failed, timed_out (QUERY_TIMEOUT_MS), refused (QUERY_QUEUE was full)', 'outcome', () => {
      const { answered, failed, timedOut, refused } = database.statistics
      return Object.entries({ answered, failed, timed_out: timedOut, refused })
    })
  }

  #readSnapshots ({ catalog, history }: Measured): void {
    const secondsSince = (date: Date | undefined) => date && Math.max(0, Date.now() - date.getTime()) / 1000
    this.readGauge('osh_snapshot_age_seconds', 'Time since the snapshot that is served was published', () => secondsSince(catalog.latest && new Date(catalog.latest.publishedAt)))
    this.readGauge('osh_snapshot_rows', 'Rows of the snapshot that is served', () => catalog.latest?.rows ?? undefined)
    this.readGauge('osh_snapshot_days', 'Days that the service knows', () => catalog.size)
    this.readGauge('osh_history_days', 'Days that the history has of those that the service knows', () => history.progress.days)
    this.readGauge('osh_store_look_age_seconds', 'Time since the snapshot store last answered', () => secondsSince(catalog.lookedAt))
  }

  #readIngests ({ runs }: Measured): void {
    this.readGauge('osh_ingest_running', '1 while an ingest runs, else 0', () => Number(runs.isRunning))
    this.readCounters('osh_ingest_runs_total', 'Ingest runs of this process by outcome', 'outcome', () => Object.entries(runs.counts).map(([outcome, { runs }]) => [outcome, runs]))
    this.readCounters('osh_ingest_run_seconds_total', 'Time that ingest runs took, by outcome', 'outcome', () => Object.entries(runs.counts).map(([outcome, { seconds }]) => [outcome, seconds]))
  }

  #readStore ({ store }: Measured): void {
    const read = (what: 'requests' | 'failures') => () => Object.entries(store.requests ?? {}).map(([operation, count]): [string, number] => [operation, count[what]])
    this.readCounters('osh_store_requests_total', 'Requests to the bucket by operation, repeated ones included', 'operation', read('requests'))
    this.readCounters('osh_store_request_failures_total', 'Requests to the bucket that failed, by operation', 'operation', read('failures'))
  }
}
