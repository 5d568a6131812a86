import { createHash, hash } from 'node:crypto'
import { upstreamColumns } from '../../schemas/upstream.js'
import type { CheckedRecord, Reject, Unreadable } from './record.js'

const lanes = 8

/**
 * The hash of a snapshot's whole content, whatever the order of its records: a sum over the SHA-256 of each row's JSON
 * text, in eight parts modulo 2^32, hashed with what could not become part of a row.
 */
export class ContentHash {
  readonly #sums = new Uint32Array(lanes)

  add (text: Buffer | string): void {
    this.#sum(text, 1)
  }

  /** Takes back what was added. */
  remove (text: Buffer | string): void {
    this.#sum(text, -1)
  }

  /** Hexadecimal. Where a record was stands in no hash. */
  digest (rejects: readonly Reject[], unreadable: readonly Unreadable[]): string {
    const whole = createHash('sha256').update(this.#sums.join())
    const lines = [...rejects.map(({ record }) => record), ...unreadable].map(item => JSON.stringify(item) ?? '')
    for (const line of lines.sort()) whole.update('\n').update(line)
    return whole.digest('hex')
  }

  #sum (text: Buffer | string, sign: 1 | -1): void {
    // A character for each byte, since a buffer for each row takes twice the time.
    const digest = hash('sha256', text, 'binary')
    for (let lane = 0; lane < lanes; lane++) {
      const at = 4 * lane
      const word = digest.charCodeAt(at) << 24 | digest.charCodeAt(at + 1) << 16 | digest.charCodeAt(at + 2) << 8 | digest.charCodeAt(at + 3)
      this.#sums[lane] = (this.#sums[lane] ?? 0) + sign * word
    }
  }
}

/** A row as the JSON text in which upstream sends one that needs no conversion; further columns follow by name. */
export function toCanonicalText ({ values, extras }: CheckedRecord): string {
  const members = upstreamColumns.map((column, index): [string, unknown] => [column, toMember(values[index])])
  return `{${[...members, ...[...extras].sort(([a], [b]) => a < b ? -1 : 1)].map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join()}}`
}

function toMember (value: string | bigint | null | undefined): string | number | null {
  return typeof value === 'bigint' ? Number(value) : value ?? null
}
