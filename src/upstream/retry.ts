/** No single wait between attempts is longer, unless `Retry-After` asks for it. */
const longestBackoffMs = 30_000

/** Node fires a timer at once whose delay does not fit 31 bits. */
const longestTimerMs = 2 ** 31 - 1

/**
 * Exponential backoff with full jitter: anything from 0 to
 * `baseDelayMs * 2^(attempt - 1)`, at most 30 s. `attempt`, from 1, is the one
 * that has just failed; `random` returns a number from 0 to below 1.
 */
export function backoffDelayMs (attempt: number, baseDelayMs: number, random: () => number): number {
  // 2^1024 is infinite, and no number times 0.
  const growth = 2 ** Math.min(attempt - 1, 30)
  return random() * Math.min(longestBackoffMs, baseDelayMs * growth)
}

/**
 * Reads a `Retry-After` header, in either of its forms (seconds or HTTP date),
 * as milliseconds from `now`: 0 for a moment that has passed, undefined where
 * the header is missing or is neither form.
 */
export function parseRetryAfterMs (header: string | undefined, now: Date): number | undefined {
  const value = header?.trim() ?? ''
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000
  // `Date.parse` alone would take '-1' for a year.
  if (!/^[A-Z][a-z]{2,8}, .* GMT$/.test(value)) return undefined
  const at = Date.parse(value)
  return Number.isNaN(at) ? undefined : Math.max(0, at - now.getTime())
}

export interface Deadline {
  /** Aborted with the time-out's reason or with the caller's, whichever came first. */
  signal: AbortSignal
  remainingMs: () => number
  /** Lets go of the timer and of the caller's signal. */
  stop: () => void
}

/** Starts the clock for everything that has to happen within `timeoutMs`. */
export function startDeadline (timeoutMs: number, timeoutReason: Error, caller?: AbortSignal): Deadline {
  const controller = new AbortController()
  const endsAt = performance.now() + timeoutMs
  const timer = setTimeout(() => controller.abort(timeoutReason), Math.min(timeoutMs, longestTimerMs))
  const forwardAbort = () => controller.abort(caller?.reason)
  caller?.addEventListener('abort', forwardAbort, { once: true })
  if (caller?.aborted) forwardAbort()
  return {
    signal: controller.signal,
    remainingMs: () => endsAt - performance.now(),
    stop: () => {
      clearTimeout(timer)
      caller?.removeEventListener('abort', forwardAbort)
    },
  }
}
