import { createReadStream } from 'node:fs'
import { Tokenizer, TokenParser, TokenType, type ParsedTokenInfo } from '@streamparser/json'
import { OshError } from '../errors.js'
import { ElementFramer } from './frame.js'

// No record of the register nests at all; deeper ones would exhaust the stack when they are written.
const maxDepth = 100
const maxRecordBytes = 2 ** 24
const chunkBytes = 2 ** 17

/** Sees whether the document has a list at `data.data`, and what it has instead. */
class EnvelopeWatcher {
  inList = false
  listFound = false
  readonly #keys: string[] = []
  readonly #seen = new Set<string>()
  #depth = 0
  #text = ''

  get found (): string {
    return this.#seen.size === 0 ? 'no object' : `only ${[...this.#seen].slice(0, 10).join(', ')}`
  }

  see ({ token, value }: ParsedTokenInfo): void {
    if (token === TokenType.LEFT_BRACE || token === TokenType.LEFT_BRACKET) {
      if (this.#depth === 2 && this.#path === 'data.data' && token === TokenType.LEFT_BRACKET) this.inList = this.listFound = true
      if (++this.#depth > maxDepth) throw new Error(`it nests deeper than ${maxDepth} levels`)
    } else if (token === TokenType.RIGHT_BRACE || token === TokenType.RIGHT_BRACKET) {
      this.#depth--
      if (this.#depth === 2) this.inList = false
    } else if (this.#depth <= 2) {
      if (token === TokenType.STRING) this.#text = String(value)
      if (token === TokenType.COLON) this.#enter(this.#text)
    }
  }

  get #path (): string {
    return this.#keys.join('.')
  }

  #enter (key: string): void {
    this.#keys.splice(this.#depth - 1, 2, key.slice(0, 50))
    if (this.#seen.size < 10) this.#seen.add(this.#path)
  }
}

/**
 * Reads upstream's envelope from a file and yields the JSON text of its list's elements in batches, with flat memory. Throws
 * `OSH_UPSTREAM_SUSPICIOUS` where the file is no whole JSON document, apart from what is in the elements, or has
 * no list at `data.data`.
 */
export async function * readElements (file: string, signal?: AbortSignal): AsyncGenerator<Buffer[]> {
  const reader = new EnvelopeReader()
  for await (const chunk of createReadStream(file, { signal, highWaterMark: chunkBytes })) {
    const batch = asJson(() => reader.write(chunk))
    if (batch.length > 0) yield batch
  }
  asJson(() => reader.end())
  if (!reader.envelope.listFound) {
    throw new OshError('OSH_UPSTREAM_SUSPICIOUS', `Upstream's answer has no list at data.data, ${reader.envelope.found}; nothing was published.`)
  }
}

/** Reads the envelope token by token, as if its list were empty, and cuts the list into its elements. */
class EnvelopeReader {
  readonly envelope = new EnvelopeWatcher()
  readonly #tokenizer = new Tokenizer()
  readonly #parser = new TokenParser({ paths: ['$.data.data.*'], keepStack: false })
  #batch: Buffer[] = []
  #isFirst = true
  #framer: ElementFramer | undefined

  constructor () {
    this.#tokenizer.onToken = token => {
      this.envelope.see(token)
      this.#parser.write(token)
    }
    this.#parser.onValue = () => undefined
    this.#parser.onEnd = () => { if (!this.#tokenizer.isEnded) this.#tokenizer.end() }
  }

  /** The elements that end in this chunk. */
  write (chunk: Buffer): Buffer[] {
    this.#batch = []
    for (let index = 0; index < chunk.length;) {
      index = this.#framer === undefined ? this.#writeEnvelope(chunk, index) : this.#framer.write(chunk, index)
      if (this.#framer?.ended === true) this.#framer = undefined
    }
    return this.#batch
  }

  /** Throws unless the document is whole. */
  end (): void {
    if (!this.#tokenizer.isEnded) this.#tokenizer.end()
    if (!this.#parser.isEnded) this.#parser.end()
  }

  /** Reads on, to the next bracket at most, since it may open the list; returns the index of what follows. */
  #writeEnvelope (chunk: Buffer, from: number): number {
    const bracket = chunk.indexOf('[', from)
    const end = bracket === -1 ? chunk.length : bracket + 1
    this.#tokenizer.write(chunk.subarray(from, end))
    if (this.envelope.inList) this.#framer = new ElementFramer(bytes => this.#take(bytes), { maxBytes: maxRecordBytes, maxDepth })
    return end
  }

  #take (bytes: Buffer): void {
    const isEmptyList = this.#isFirst && this.#framer?.ended === true && bytes.toString().trim() === ''
    if (!isEmptyList) this.#batch.push(bytes)
    this.#isFirst = false
  }
}

/** Throws `OSH_UPSTREAM_SUSPICIOUS` where a step finds that the document is no JSON. */
export function asJson<T> (step: () => T): T {
  try {
    return step()
  } catch (error) {
    const reason = error instanceof Error ? error.message.slice(0, 200) : 'unknown'
    throw new OshError('OSH_UPSTREAM_SUSPICIOUS', `Upstream's answer is no whole JSON document (${reason}); nothing was published.`, { cause: error })
  }
}
