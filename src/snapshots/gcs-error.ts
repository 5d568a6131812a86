import { OshError } from '../errors.js'
import { StalledError } from './download.js'

/** What was asked of a bucket. */
export type Operation = 'list' | 'get' | 'create' | 'replace'

const permissions: Readonly<Record<Operation, string>> = {
  list: 'storage.objects.list',
  get: 'storage.objects.get',
  create: 'storage.objects.create',
  // Cloud Storage asks for this one beside `create` where an object is there already.
  replace: 'storage.objects.delete',
}

/** What the storage client throws, in one shape. */
export class BucketError extends Error {
  override readonly name = 'BucketError'
  /** The HTTP status; undefined where no answer came. */
  readonly status: number | undefined

  constructor (readonly operation: Operation, readonly bucket: string, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause })
    this.status = cause instanceof Error && 'code' in cause && Number.isInteger(Number(cause.code)) ? Number(cause.code) : undefined
  }

  /** Whether another try may succeed: no answer came, or one that passes. */
  get isTransient (): boolean {
    return this.status === undefined || this.status < 400 || this.status >= 500 || [408, 412, 429].includes(this.status)
  }

  /** What a user can do about it, in one sentence. */
  get advice (): string {
    const bucket = `gs://${this.bucket}`
    if (this.status === 401) return `${bucket} takes no requests without valid credentials; set up application default credentials.`
    if (this.status === 403) return `The service's account lacks the permission ${this.#permission} on ${bucket}.`
    if (this.status === 404) return `There is no bucket ${bucket}.`
    return `${bucket} ${this.status === undefined ? 'does not answer' : `answers ${this.status}`} to ${permissions[this.operation]}.`
  }

  get #permission (): string {
    return /storage\.\w+\.\w+/.exec(this.message)?.[0] ?? permissions[this.operation]
  }
}

/** Whether another try may succeed. */
export function isTransient (error: unknown): boolean {
  return error instanceof StalledError || (error instanceof BucketError && error.isTransient)
}

/** The error that the rest of the service knows, of one that the store's bucket or its connection gave. */
export function toStoreError (error: unknown): unknown {
  if (error instanceof BucketError) return new OshError('OSH_STORE_FAILED', error.advice, { cause: error })
  if (error instanceof StalledError) return new OshError('OSH_STORE_FAILED', 'The snapshot store does not send the file.', { cause: error })
  return error
}
