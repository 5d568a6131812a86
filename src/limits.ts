import type { ConnectionLimits } from './plugins/connections.js'

/** What the service does not let clients exceed, besides what the configuration says. */
export interface Limits extends ConnectionLimits {
  headerBytes: number
  /** From the beginning of a connection or request to the end of its headers. */
  headersMs: number
  /** To the end of its body. */
  requestMs: number
  keepAliveMs: number
  /** How often Node looks for requests past their time. */
  requestCheckMs: number
  /** Requests of one connection; 0 is no limit. */
  requestsPerConnection: number
  streams: number
  /** Of one file for due diligence. */
  eudrBytes: number
  /** On average over a second; 0 is no limit. */
  eventLoopDelayMs: number
}

export const usualLimits: Limits = {
  // Node's clients and proxies send 16 kB; a long filter stands in the URL, which has a limit of its own.
  headerBytes: 65_536,
  // Headers come in one or two packets; ten seconds let the slowest of honest connections repeat some.
  headersMs: 10_000,
  // Only POST /ingest has a body, and that is ignored.
  requestMs: 30_000,
  requestCheckMs: 5000,
  // Longer than the 60 s after which most load balancers let go of a connection, so that they do it first
  // and no request meets a connection that is just closing.
  keepAliveMs: 72_000,
  // A busy connection does no harm, and Node answers requests beyond such a limit with a bare 503.
  requestsPerConnection: 0,
  // Each idle one takes some 10 kB, so that these take 100 MB; a process that is killed for its memory answers nobody.
  connections: 10_000,
  // 70 kbit/s: an answer in whole must be taken within half a minute to a minute, the whole register within an hour.
  readerCheckMs: 30_000,
  readerBytes: 262_144,
  // Each takes a few megabytes and now and then a query of some milliseconds, of which QUERY_CONCURRENCY run at once.
  streams: 8,
  // What the EU's information system takes.
  eudrBytes: 25_000_000,
  // An answer passes the loop some four times, so it takes two seconds by then.
  eventLoopDelayMs: 500,
}
