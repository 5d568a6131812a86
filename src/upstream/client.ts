import { rm } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import type { Agent } from 'undici'
import { OshError } from '../errors.js'
import { download, type Downloaded, type Source } from './attempt.js'
import { AttemptError } from './failure.js'
import { backoffDelayMs, startDeadline, type Deadline } from './retry.js'
import { createAgent } from './tls.js'

export interface UpstreamOptions {
  /** `http:` or `https:`; a user and a password in it are sent as Basic authorization. */
  url: string
  /** For the whole fetch: all attempts and the waits between them. */
  timeoutMs: number
  /** Of the decoded body. */
  maxBytes: number
  /** PEM file of certificates to trust besides Node's own. */
  caFile?: string | undefined
  /** Base64 SHA-256 of the server's public key, trusted instead of its chain. */
  tlsPin?: string | undefined
  /** An attempt ends when no byte has come for that long; 30 s by default. */
  idleTimeoutMs?: number
  /** 4 by default. */
  attempts?: number
  /** The first wait is at most that long, each further one twice; 500 ms by default. */
  baseDelayMs?: number
  /** Of this service, for the user agent. */
  version?: string
  random?: () => number
  now?: () => Date
  sleep?: (delayMs: number, signal: AbortSignal) => Promise<unknown>
}

export interface UpstreamProgress {
  phase: 'connecting' | 'receiving' | 'waiting'
  /** Decoded bytes that this attempt has written. */
  bytes: number
  /** Known where the body is not compressed and its length announced. */
  totalBytes?: number
  /** Counted from 1. */
  attempt: number
}

export interface UpstreamHooks {
  signal?: AbortSignal | undefined
  onProgress?: ((progress: UpstreamProgress) => void) | undefined
}

export interface Fetched extends Downloaded {
  attempts: number
}

/**
 * Fetches `options.url` into `file`, which is replaced; after a failure there
 * is no file. Trouble that may pass is tried again (no connection, a body cut
 * short, 5xx, 429, with regard to `Retry-After`).
 *
 * Rejects with an `OshError`: `OSH_UPSTREAM_FAILED`, `OSH_UPSTREAM_TIMEOUT`,
 * `OSH_UPSTREAM_UNTRUSTED`, or `OSH_UPSTREAM_SUSPICIOUS` beyond `maxBytes`;
 * with the reason of `hooks.signal` when that aborts; with the file system's
 * error when `file` cannot be written.
 */
export async function fetchToFile (file: string, options: UpstreamOptions, hooks: UpstreamHooks = {}): Promise<Fetched> {
  const deadline = startDeadline(options.timeoutMs, explainDeadline(options.timeoutMs), hooks.signal)
  let agent: Agent | undefined
  let attempts = 0
  const report = (progress: UpstreamProgress) => {
    attempts = progress.attempt
    hooks.onProgress?.(progress)
  }
  try {
    const url = parseUrl(options.url)
    const idleTimeoutMs = options.idleTimeoutMs ?? 30_000
    agent = await createAgent({ ...options, connectTimeoutMs: idleTimeoutMs, signal: deadline.signal })
    const userAgent = options.version === undefined ? 'osh-api' : `osh-api/${options.version}`
    const source = { url, agent, userAgent, idleTimeoutMs, maxBytes: options.maxBytes, now: options.now ?? (() => new Date()), signal: deadline.signal }
    const downloaded = await attemptRepeatedly(file, source, options, deadline, report)
    return { ...downloaded, attempts }
  } catch (error) {
    const reason: unknown = deadline.signal.aborted ? deadline.signal.reason : error
    await rm(file, { force: true })
    throw reason instanceof AttemptError ? concludeFailure(reason, options.url, attempts) : reason
  } finally {
    deadline.stop()
    await agent?.destroy()
  }
}

async function attemptRepeatedly (
  file: string,
  source: Source,
  { attempts = 4, baseDelayMs = 500, random = Math.random, sleep = pause }: UpstreamOptions,
  deadline: Deadline,
  report: (progress: UpstreamProgress) => void
): Promise<Downloaded> {
  for (let attempt = 1; ; attempt++) {
    deadline.signal.throwIfAborted()
    report({ phase: 'connecting', bytes: 0, attempt })
    try {
      return await download(file, source, progress => report({ phase: 'receiving', attempt, ...progress }))
    } catch (error) {
      if (!(error instanceof AttemptError) || !error.retryable || attempt >= attempts) throw error
      const delayMs = Math.max(error.retryAfterMs ?? 0, backoffDelayMs(attempt, baseDelayMs, random))
      const remainingMs = deadline.remainingMs()
      if (delayMs >= remainingMs) throw explainNoTimeLeft(error, delayMs, remainingMs)
      await rm(file, { force: true })
      report({ phase: 'waiting', bytes: 0, attempt })
      await sleep(delayMs, deadline.signal)
    }
  }
}

function pause (delayMs: number, signal: AbortSignal): Promise<unknown> {
  return wait(delayMs, undefined, { signal })
}

function parseUrl (text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url
  throw new OshError('OSH_UPSTREAM_FAILED', 'UPSTREAM_URL is not an http: or https: URL.')
}

function explainDeadline (timeoutMs: number): AttemptError {
  return new AttemptError('OSH_UPSTREAM_TIMEOUT', `it did not end within ${timeoutMs / 1000} s`, {
    advice: 'If upstream is only slow, raise UPSTREAM_TIMEOUT_SECONDS.',
  })
}

function explainNoTimeLeft (failure: AttemptError, delayMs: number, remainingMs: number): AttemptError {
  const due = failure.retryAfterMs === undefined ? 'the next attempt is due in' : 'upstream asks for a wait of'
  const left = `${due} ${formatSeconds(delayMs)} s, but only ${formatSeconds(remainingMs)} s are left`
  return new AttemptError(failure.code, `${failure.message}; ${left}`, {
    advice: 'Try again later, or raise UPSTREAM_TIMEOUT_SECONDS.',
    retryAfterMs: failure.retryAfterMs,
    cause: failure.cause,
  })
}

function formatSeconds (durationMs: number): string {
  return String(Math.round(Math.max(0, durationMs) / 100) / 10)
}

/** Names neither credentials nor the query, which may hold some. */
function concludeFailure (failure: AttemptError, url: string, attempts: number): OshError {
  const { origin, pathname } = new URL(url)
  const count = attempts === 1 ? '1 attempt' : `${attempts} attempts`
  const { code, message, advice, retryAfterMs, cause } = failure
  return new OshError(code, `Fetching ${origin}${pathname} failed after ${count}: ${message}. ${advice}`, {
    cause,
    ...(retryAfterMs !== undefined && { retryAfterSeconds: Math.ceil(retryAfterMs / 1000) }),
  })
}
