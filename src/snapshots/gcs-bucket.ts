import { addAbortSignal } from 'node:stream'
import { Storage, type Bucket as ClientBucket } from '@google-cloud/storage'
import type { Static } from 'typebox'
import { Type } from '../../schemas/typebox/type.js'
import { Value } from '../../schemas/typebox/value.js'
import { MismatchError } from './checksum.js'
import { BucketError, type Operation } from './gcs-error.js'
import type { RequestCount } from './store.js'

const ListedSchema = Type.Object({ name: Type.String(), generation: Type.String(), size: Type.String(), timeCreated: Type.String() })

const StoredObjectSchema = Type.Object({
  ...ListedSchema.properties,
  crc32c: Type.Optional(Type.String()),
  metadata: Type.Optional(Type.Record(Type.String(), Type.String())),
})

const PageSchema = Type.Object({
  items: Type.Optional(Type.Array(ListedSchema)),
  prefixes: Type.Optional(Type.Array(Type.String())),
  nextPageToken: Type.Optional(Type.String()),
})

/** An object as a listing shows it; 64-bit numbers are text. */
export type ListedObject = Static<typeof ListedSchema>

/** One generation of an object, without its bytes. */
export type StoredObject = Static<typeof StoredObjectSchema>

/** One page of a listing. */
export type Page = Static<typeof PageSchema>

export interface PageQuery {
  prefix: string
  matchGlob?: string
  delimiter?: string
  pageToken?: string | undefined
}

export interface Upload {
  bytes: Buffer
  /** The generation that it replaces; `0`: there must be none. */
  ifGenerationMatch: string
  crc32c: string
  metadata: Readonly<Record<string, string>>
}

export interface BucketOptions {
  name: string
  /** Another address of the storage API; no credentials are looked for then. */
  endpoint?: string | undefined
  /** Limit of one request; of a download, until its first byte. */
  requestMs: number
}

const pageSize = 1000
const fields = 'items(name,generation,size,timeCreated),prefixes,nextPageToken'

/** The few requests that snapshots need of a bucket, each sent once. Everything thrown is a {@link BucketError}. */
export class Bucket {
  readonly name: string
  readonly requests: Record<Operation | 'download', RequestCount> = { list: none(), get: none(), create: none(), replace: none(), download: none() }
  readonly #bucket: ClientBucket

  constructor ({ name, endpoint, requestMs }: BucketOptions) {
    this.name = name
    const storage = new Storage({
      timeout: requestMs,
      // The store itself tries again: the client's own retries hide what became of an upload.
      retryOptions: { autoRetry: false },
      ...(endpoint !== undefined && { apiEndpoint: endpoint, projectId: 'osh-api' }),
    })
    this.#bucket = storage.bucket(name)
  }

  /** One page of the objects' names and versions. */
  async list (query: PageQuery): Promise<Page> {
    return await this.#ask('list', async () => {
      const [,, page] = await this.#bucket.getFiles({ ...definedOnly(query), autoPaginate: false, maxResults: pageSize, fields })
      return Value.Parse(PageSchema, page)
    })
  }

  /** The object, or one generation of it; undefined where there is none. */
  async stat (name: string, generation?: string): Promise<StoredObject | undefined> {
    try {
      return await this.#ask('get', async () => {
        const [metadata] = await this.#file(name, generation).getMetadata()
        return Value.Parse(StoredObjectSchema, metadata)
      })
    } catch (error) {
      if (error instanceof BucketError && error.status === 404) return undefined
      throw error
    }
  }

  /** Makes the bytes the object, unless another generation than the expected one is there. */
  async upload (name: string, { bytes, ifGenerationMatch, crc32c, metadata }: Upload): Promise<StoredObject> {
    return await this.#ask(ifGenerationMatch === '0' ? 'create' : 'replace', async () => {
      const file = this.#file(name)
      await file.save(bytes, {
        resumable: false,
        // The server compares the crc32c; the client would delete the object, whosever it is by then.
        validation: false,
        preconditionOpts: { ifGenerationMatch },
        metadata: { contentType: 'application/vnd.apache.parquet', crc32c, metadata: { ...metadata } },
      })
      return Value.Parse(StoredObjectSchema, file.metadata)
    })
  }

  /** The bytes of one generation, until the signal aborts; a {@link MismatchError} where the client finds them corrupt. */
  async * read (name: string, generation: string, signal: AbortSignal): AsyncGenerator<Buffer> {
    const count = this.requests.download
    count.requests++
    const stream = addAbortSignal(signal, this.#file(name, generation).createReadStream({ validation: 'crc32c', decompress: false }))
    try {
      yield * stream
    } catch (error) {
      count.failures++
      signal.throwIfAborted()
      if (error instanceof Error && 'code' in error && error.code === 'CONTENT_DOWNLOAD_MISMATCH') throw new MismatchError('its checksum is wrong', { cause: error })
      throw new BucketError('get', this.name, error)
    }
  }

  #file (name: string, generation?: string) {
    return this.#bucket.file(name, generation === undefined ? {} : { generation })
  }

  async #ask<T> (operation: Operation, request: () => Promise<T>): Promise<T> {
    const count = this.requests[operation]
    count.requests++
    try {
      return await request()
    } catch (error) {
      const known = new BucketError(operation, this.name, error)
      if (!isAnswer(known)) count.failures++
      throw known
    }
  }
}

const none = (): RequestCount => ({ requests: 0, failures: 0 })

/** Whether it only says that there is no such object, or that another writer was faster. */
function isAnswer ({ operation, status }: BucketError): boolean {
  return operation === 'get' ? status === 404 : status === 412
}

/** The members that have a value, since the client would send `undefined` as text. */
function definedOnly (query: PageQuery): Omit<PageQuery, 'pageToken'> & { pageToken?: string } {
  const { pageToken, ...rest } = query
  return pageToken === undefined ? rest : { ...rest, pageToken }
}
