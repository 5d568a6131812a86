import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { LRUCache } from 'lru-cache'

/** The body of an answer and the headers that belong to it. */
export interface Answer {
  body: string
  headers: Readonly<Record<string, string>>
  /** Rows in the body. */
  rows: number
}

/** In the order in which they are preferred. */
export const encodings = ['br', 'gzip', 'identity'] as const
export type Encoding = typeof encodings[number]

const leastCompressedBytes = 1024
// Of an entry, besides its body.
const overheadBytes = 2048
// Beyond that, brotli's time grows faster than its gain.
const brotliQuality = 5

const compressors = {
  br: async (body: Buffer) => await promisify(brotliCompress)(body, { params: { [constants.BROTLI_PARAM_QUALITY]: brotliQuality, [constants.BROTLI_PARAM_SIZE_HINT]: body.length } }),
  gzip: async (body: Buffer) => await promisify(gzip)(body),
}

/** An answer that stays, compressed once for all who take it so. */
export class ReadyAnswer {
  readonly headers: Answer['headers']
  readonly rows: number
  readonly sizeBytes: number
  readonly #body: Buffer
  readonly #encoded = new Map<Encoding, Promise<Buffer> | Buffer>()

  constructor ({ body, headers, rows }: Answer) {
    this.#body = Buffer.from(body)
    this.headers = headers
    this.rows = rows
    // With its compressed copies, which together are no larger than the body.
    this.sizeBytes = 2 * this.#body.length + overheadBytes
  }

  /** The encoding in which it is sent where the client takes the given one. */
  choose (encoding: Encoding): Encoding {
    return this.#body.length < leastCompressedBytes ? 'identity' : encoding
  }

  /** Its bytes; a promise only where they are not there yet. */
  encode (encoding: Encoding): Promise<Buffer> | Buffer {
    if (encoding === 'identity') return this.#body
    const known = this.#encoded.get(encoding)
    if (known !== undefined) return known
    const compressed = compressors[encoding](this.#body).then(bytes => {
      this.#encoded.set(encoding, bytes)
      return bytes
    })
    this.#encoded.set(encoding, compressed)
    return compressed
  }
}

/** The answers that were given lately, bounded in bytes. Questions at the same time share one making. */
export class AnswerCache {
  readonly #ready: LRUCache<string, ReadyAnswer>
  readonly #making = new Map<string, Promise<ReadyAnswer>>()

  constructor (limitBytes: number) {
    // A few large answers must not drive out all others.
    this.#ready = new LRUCache({ maxSize: limitBytes, maxEntrySize: Math.ceil(limitBytes / 16), sizeCalculation: ({ sizeBytes }) => sizeBytes })
  }

  find (key: string): ReadyAnswer | undefined {
    return this.#ready.get(key)
  }

  /** The answer under that key, made where it is not there yet. */
  async obtain (key: string, make: () => Promise<Answer>): Promise<ReadyAnswer> {
    const known = this.#ready.get(key) ?? this.#making.get(key)
    if (known !== undefined) return await known
    const making = make().then(answer => {
      const ready = new ReadyAnswer(answer)
      this.#ready.set(key, ready)
      return ready
    }).finally(() => this.#making.delete(key))
    this.#making.set(key, making)
    return await making
  }
}
