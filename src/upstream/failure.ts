import type { ProblemCode } from '../errors.js'

export type UpstreamProblemCode = Extract<ProblemCode, `OSH_UPSTREAM_${string}`>

export interface AttemptErrorOptions extends ErrorOptions {
  /** What the reader can do about it: one sentence or more. */
  advice: string
  /** Whether the same request may succeed a little later. */
  retryable?: boolean
  /** How long upstream asks to wait before that. */
  retryAfterMs?: number | undefined
}

/** Why one attempt failed; the client turns the last one into an `OshError`. */
export class AttemptError extends Error {
  override readonly name = 'AttemptError'
  readonly advice: string
  readonly retryable: boolean
  readonly retryAfterMs: number | undefined

  constructor (readonly code: UpstreamProblemCode, message: string, options: AttemptErrorOptions) {
    super(message, options)
    this.advice = options.advice
    this.retryable = options.retryable ?? false
    this.retryAfterMs = options.retryAfterMs
  }
}

const timeoutCodes = new Set([
  'ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT',
])

/**
 * Says in plain words what an error of the network, of HTTP or of gzip means.
 * `what` begins the sentence: 'no answer came', 'the answer broke off'.
 */
export function explainNetworkError (error: Error, what: string, idleTimeoutMs: number): AttemptError {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name
  if (timeoutCodes.has(code)) {
    return new AttemptError('OSH_UPSTREAM_TIMEOUT', `${what}: not a byte for ${idleTimeoutMs / 1000} s`, {
      advice: 'Upstream or the network has stalled; try again later.',
      retryable: true,
      cause: error,
    })
  }
  const reason = error.message === '' ? code : `${error.message} (${code})`
  return new AttemptError('OSH_UPSTREAM_FAILED', `${what}: ${reason}`, {
    advice: 'Check UPSTREAM_URL and the network, or try again later.',
    retryable: true,
    cause: error,
  })
}
