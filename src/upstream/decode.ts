import { createReadStream } from 'node:fs'
import { Tokenizer, TokenParser, TokenType, type ParsedTokenInfo } from '@streamparser/json'
import { OshError } from '../errors.js'

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
 * Reads upstream's envelope from a file and yields the elements of its list in batches,
 * with flat memory. Throws `OSH_UPSTREAM_SUSPICIOUS` where the file is no whole JSON
 * document or has no list at `data.data`.
 */
export async function * decodeRecords (file: string, signal?: AbortSignal): AsyncGenerator<RawRecord[]> {
  const tokenizer = new ExactTokenizer()
  const parser = new TokenParser({ paths: ['$.data.data.*'], keepStack: false })
  const envelope = new EnvelopeWatcher()
  let batch: RawRecord[] = []
  let position = 0
  tokenizer.onToken = token => {
    envelope.see(token)
    parser.write(token)
  }
  parser.onValue = ({ value }) => {
    if (envelope.inList) batch.push({ position: position++, value })
  }
  parser.onEnd = () => { if (!tokenizer.isEnded) tokenizer.end() }

  for await (const chunk of createReadStream(file, { signal })) {
    parse(() => tokenizer.write(chunk))
    if (batch.length > 0) yield batch
    batch = []
  }
  parse(() => {
    if (!tokenizer.isEnded) tokenizer.end()
    if (!parser.isEnded) parser.end()
  })
  if (!envelope.listFound) {
    throw new OshError('OSH_UPSTREAM_SUSPICIOUS', `Upstream's answer has no list at data.data, ${envelope.found}; nothing was published.`)
  }
}

function parse (step: () => void): void {
  try {
    step()
  } catch (error) {
    const reason = error instanceof Error ? error.message.slice(0, 200) : 'unknown'
    throw new OshError('OSH_UPSTREAM_SUSPICIOUS', `Upstream's answer is no whole JSON document (${reason}); nothing was published.`, { cause: error })
  }
}
