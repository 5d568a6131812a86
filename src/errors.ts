/** What a client may be told is wrong with one parameter. */
export interface ParameterError {
  parameter: string
  detail: string
  allowed?: readonly (string | number)[]
}

/** Every error of the service: its code, its HTTP status and its title. */
export const problems = {
  OSH_BAD_PARAMETER: { status: 400, title: 'A parameter is unknown, malformed or out of range' },
  OSH_BAD_REQUEST: { status: 400, title: 'The request cannot be understood' },
  OSH_UNAUTHORIZED: { status: 401, title: 'A valid token is needed' },
  OSH_INGEST_DISABLED: { status: 403, title: 'Ingest is not enabled' },
  OSH_ROUTE_NOT_FOUND: { status: 404, title: 'No such route' },
  OSH_PLOT_NOT_FOUND: { status: 404, title: 'No such plot in this snapshot' },
  OSH_SNAPSHOT_NOT_FOUND: { status: 404, title: 'No snapshot of that day' },
  OSH_RUN_NOT_FOUND: { status: 404, title: 'No such ingest run' },
  OSH_METHOD_NOT_ALLOWED: { status: 405, title: 'The route does not take this method' },
  OSH_NOT_ACCEPTABLE: { status: 406, title: 'The route does not offer this format' },
  OSH_REQUEST_TIMEOUT: { status: 408, title: 'The request took too long to arrive' },
  OSH_INGEST_CONFLICT: { status: 409, title: 'An unforced ingest run is under way' },
  OSH_SNAPSHOT_REPLACED: { status: 410, title: 'That revision of the day has been replaced' },
  OSH_PAYLOAD_TOO_LARGE: { status: 413, title: 'The request body is too large' },
  OSH_URI_TOO_LONG: { status: 414, title: 'The URL is too long' },
  OSH_UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'The route does not take this type of body' },
  OSH_RANGE_NOT_SATISFIABLE: { status: 416, title: 'The file has no such range' },
  OSH_UPSTREAM_SUSPICIOUS: { status: 422, title: 'Upstream\'s data is suspicious, so nothing was published' },
  OSH_RATE_LIMITED: { status: 429, title: 'Too many requests' },
  OSH_HEADERS_TOO_LARGE: { status: 431, title: 'The request\'s headers are too large' },
  OSH_INTERNAL: { status: 500, title: 'Something went wrong inside the service' },
  OSH_UPSTREAM_FAILED: { status: 502, title: 'Upstream failed' },
  OSH_UPSTREAM_UNTRUSTED: { status: 502, title: 'Upstream\'s TLS certificate cannot be verified' },
  OSH_STORE_FAILED: { status: 502, title: 'The snapshot store failed' },
  OSH_NO_SNAPSHOT: { status: 503, title: 'There is no snapshot yet' },
  OSH_SNAPSHOT_UNREADABLE: { status: 503, title: 'That snapshot cannot be read' },
  OSH_CACHE_FAILED: { status: 503, title: 'The folder for local copies of snapshots does not work' },
  OSH_HISTORY_BUILDING: { status: 503, title: 'The history of the register is still being built' },
  OSH_IDENTITY_UNAVAILABLE: { status: 503, title: 'Identity tokens cannot be checked now' },
  OSH_OVERLOADED: { status: 503, title: 'The service is overloaded' },
  OSH_QUERY_TIMEOUT: { status: 503, title: 'The query took too long' },
  OSH_SHUTTING_DOWN: { status: 503, title: 'The service is shutting down' },
  OSH_UPSTREAM_TIMEOUT: { status: 504, title: 'Upstream took too long' },
  OSH_PUBLISH_UNKNOWN: { status: 504, title: 'Whether the snapshot was published is unknown' },
} as const satisfies Record<string, { status: number, title: string }>

export type ProblemCode = keyof typeof problems

export interface OshErrorOptions extends ErrorOptions {
  /** What is wrong, parameter by parameter (for a 400). */
  errors?: readonly ParameterError[]
  /** Seconds after which another try makes sense; sent as `Retry-After`. */
  retryAfterSeconds?: number
  /** Further members of the problem document. */
  extensions?: Record<string, unknown>
}

/**
 * An error that the service knows: `code` names its row in {@link problems},
 * `message` tells the reader what to do. Anything else that is thrown is a 500.
 */
export class OshError extends Error {
  override readonly name = 'OshError'
  readonly status: number
  readonly title: string
  readonly errors: readonly ParameterError[] | undefined
  readonly retryAfterSeconds: number | undefined
  readonly extensions: Record<string, unknown> | undefined

  constructor (readonly code: ProblemCode, message: string, options: OshErrorOptions = {}) {
    super(message, options)
    this.status = problems[code].status
    this.title = problems[code].title
    this.errors = options.errors
    this.retryAfterSeconds = options.retryAfterSeconds
    this.extensions = options.extensions
  }
}

/** Why an identity token is refused, in words that tell nothing of it. */
export class IdentityRefusedError extends Error {
  override readonly name = 'IdentityRefusedError'
}
