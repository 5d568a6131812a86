import { createReadStream } from 'node:fs'
import { Tokenizer, TokenParser, TokenType, type ParsedTokenInfo } from '@streamparser/json'
import { OshError } from '../errors.js'
import { ElementFramer, FrameError } from './frame.js'

/** A JSON number whose text a JavaScript number would change, such as `3.9520`. */
export class JsonNumber {
  constructor (readonly text: string) {}

  /** What a reader of JSON would make of it; {@link toJson} keeps every digit. */
  toJSON (): number {
    return Number(this.text)
  }
}

/** Any decoded value as JSON text again, numbers digit by digit. */
export function toJson (value: unknown): string {
  if (value instanceof JsonNumber) return value.text
  if (Array.isArray(value)) return `[${value.map(toJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  return `{${Object.entries(value).map(([name, member]) => `${JSON.stringify(name)}:${toJson(member)}`).join(',')}}`
}

/** One element of upstream's list, not judged yet. */
export interface RawRecord {
  /** Its place in the list, from 0. */
  position: number
  value: unknown
}

/** Keeps the text of numbers, so that a number where text is due is converted without loss. */
class ExactTokenizer extends Tokenizer {
  protected override parseNumber (text: string): number {
    const value = Number(text)
    // The token parser only hands values on, so an object passes through it as a number would.
    return String(value) === text ? value : new JsonNumber(text) as unknown as number
  }
}

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

/** Numbers that a JavaScript number may not hold as they are written; in a string it is a false alarm. */
const inexactNumber = /(?:^|"\s*:|[[,])\s*(?:-|\d{16}|\d+[.eE])/

/**
 * Reads upstream's envelope from a file and yields the elements of its list in batches,
 * with flat memory. Throws `OSH_UPSTREAM_SUSPICIOUS` where the file is no whole JSON
 * document or has no list at `data.data`.
 */
export async function * decodeRecords (file: string, signal?: AbortSignal): AsyncGenerator<RawRecord[]> {
  const decoder = new Decoder()
  for await (const chunk of createReadStream(file, { signal, highWaterMark: chunkBytes })) {
    const batch = parse(() => decoder.write(chunk))
    if (batch.length > 0) yield batch
  }
  parse(() => decoder.end())
  if (!decoder.envelope.listFound) {
    throw new OshError('OSH_UPSTREAM_SUSPICIOUS', `Upstream's answer has no list at data.data, ${decoder.envelope.found}; nothing was published.`)
  }
}

/** Reads the envelope token by token, as if its list were empty, and the list element by element. */
class Decoder {
  readonly envelope = new EnvelopeWatcher()
  readonly #tokenizer = new ExactTokenizer()
  readonly #parser = new TokenParser({ paths: ['$.data.data.*'], keepStack: false })
  #batch: RawRecord[] = []
  #position = 0
  #framer: ElementFramer | undefined

  constructor () {
    this.#tokenizer.onToken = token => {
      this.envelope.see(token)
      this.#parser.write(token)
    }
    this.#parser.onValue = () => undefined
    this.#parser.onEnd = () => { if (!this.#tokenizer.isEnded) this.#tokenizer.end() }
  }

  /** The records that end in this chunk. */
  write (chunk: Buffer): RawRecord[] {
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
    if (this.envelope.inList) this.#framer = new ElementFramer(text => this.#take(text), { maxBytes: maxRecordBytes, maxDepth })
    return end
  }

  #take (text: string): void {
    const isEmptyList = this.#position === 0 && this.#framer?.ended === true && text.trim() === ''
    if (!isEmptyList) this.#batch.push({ position: this.#position, value: parseElement(text, this.#position++) })
  }
}

function parseElement (text: string, position: number): unknown {
  try {
    return inexactNumber.test(text) ? parseExactly(text) : JSON.parse(text)
  } catch {
    // The parser's own message would quote people's names.
    throw new FrameError(`element ${position} of the list is not JSON`)
  }
}

/** Parses one document token by token, so that numbers keep their text. */
function parseExactly (text: string): unknown {
  const tokenizer = new ExactTokenizer()
  const parser = new TokenParser({ paths: ['$'] })
  let result: unknown
  tokenizer.onToken = token => parser.write(token)
  parser.onValue = ({ value }) => { result = value }
  parser.onEnd = () => { if (!tokenizer.isEnded) tokenizer.end() }
  tokenizer.write(text)
  if (!tokenizer.isEnded) tokenizer.end()
  if (!parser.isEnded) parser.end()
  return result
}

function parse<T> (step: () => T): T {
  try {
    return step()
  } catch (error) {
    const reason = error instanceof Error ? error.message.slice(0, 200) : 'unknown'
    throw new OshError('OSH_UPSTREAM_SUSPICIOUS', `Upstream's answer is no whole JSON document (${reason}); nothing was published.`, { cause: error })
  }
}
