import { Tokenizer, TokenParser } from '@streamparser/json'
import { asJson } from './elements.js'
import { FrameError } from './frame.js'

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

/** Numbers that a JavaScript number may not hold as they are written; in a string it is a false alarm. */
const inexactNumber = /(?:^|"\s*:|[[,])\s*(?:-|\d{16}|\d+[.eE])/

/** Decodes one element of upstream's list. Throws `OSH_UPSTREAM_SUSPICIOUS` where it is not JSON. */
export function decodeRecord (bytes: Buffer, position: number): RawRecord {
  return { position, value: asJson(() => parseElement(bytes.toString(), position)) }
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
