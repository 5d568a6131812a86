import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { CRC32C } from '@google-cloud/storage'

/** What a file's bytes have to be. Objects that others wrote have no `sha256`. */
export interface Expected {
  sizeBytes: number
  /** Base64, big-endian, as Cloud Storage writes it. */
  crc32c: string | undefined
  /** Hexadecimal. */
  sha256: string | undefined
}

/** Thrown where bytes are not those that were expected. */
export class MismatchError extends Error {
  override readonly name = 'MismatchError'
}

/** Counts and hashes bytes as they pass. */
export class Checksum {
  readonly #crc32c = new CRC32C()
  readonly #sha256 = createHash('sha256')
  #sizeBytes = 0

  update (chunk: Buffer): void {
    this.#sizeBytes += chunk.byteLength
    this.#crc32c.update(chunk)
    this.#sha256.update(chunk)
  }

  /** Throws a {@link MismatchError} where the bytes so far are not all that was expected. Call once. */
  assert (expected: Expected): void {
    const crc32c = this.#crc32c.toString()
    const sha256 = this.#sha256.digest('hex')
    if (this.#sizeBytes !== expected.sizeBytes) throw new MismatchError(`${this.#sizeBytes} bytes instead of ${expected.sizeBytes}`)
    if (expected.crc32c !== undefined && crc32c !== expected.crc32c) throw new MismatchError(`crc32c ${crc32c} instead of ${expected.crc32c}`)
    if (expected.sha256 !== undefined && sha256 !== expected.sha256) throw new MismatchError(`sha256 ${sha256} instead of ${expected.sha256}`)
  }
}

/** Throws a {@link MismatchError} where the file does not hold what was expected. */
export async function assertFile (path: string, expected: Expected): Promise<void> {
  const checksum = new Checksum()
  for await (const chunk of createReadStream(path)) checksum.update(chunk)
  checksum.assert(expected)
}
