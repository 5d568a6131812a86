import { createHash } from 'node:crypto'
import { CRC32C } from '@google-cloud/storage'

/** One generation of an object as the double keeps it. */
export interface DoubleObject {
  name: string
  generation: bigint
  bytes: Buffer
  crc32c: string
  timeCreated: Date
  contentType: string
  metadata: Record<string, string> | undefined
}

export interface Preconditions {
  ifGenerationMatch: string | null
}

/** An answer that is no success, in the API's own terms. */
export class ApiFault extends Error {
  constructor (readonly code: number, readonly reason: string, message: string) {
    super(message)
  }
}

/** The objects of one bucket: one live generation of each, replaced ones gone. */
export class Objects {
  readonly #live = new Map<string, DoubleObject>()
  #lastGeneration = BigInt(Date.now()) * 1000n

  get names (): string[] {
    return [...this.#live.keys()].sort()
  }

  /** The live object, if it is of that generation; throws 404. */
  get (name: string, generation: string | null = null): DoubleObject {
    const object = this.#live.get(name)
    if (object === undefined || (generation !== null && object.generation !== BigInt(generation))) throw new ApiFault(404, 'notFound', `No such object: ${name}`)
    return object
  }

  /** Makes the bytes the object; throws 412 where another generation is there, 400 where the crc32c is another's. */
  insert (name: string, bytes: Buffer, given: { contentType?: string, crc32c?: string, metadata?: Record<string, string> }, conditions: Preconditions): DoubleObject {
    this.#require(name, conditions)
    const crc32c = crc32cOf(bytes)
    if (given.crc32c !== undefined && given.crc32c !== crc32c) throw new ApiFault(400, 'invalid', `Provided CRC32C "${given.crc32c}" doesn't match calculated CRC32C "${crc32c}".`)
    this.#lastGeneration += 1n
    const object: DoubleObject = {
      name, bytes, crc32c, generation: this.#lastGeneration, timeCreated: new Date(), contentType: given.contentType ?? 'application/octet-stream', metadata: given.metadata,
    }
    this.#live.set(name, object)
    return object
  }

  delete (name: string, generation: string | null, conditions: Preconditions): void {
    this.get(name, generation)
    this.#require(name, conditions)
    this.#live.delete(name)
  }

  #require (name: string, { ifGenerationMatch }: Preconditions): void {
    const current = this.#live.get(name)?.generation ?? 0n
    if (ifGenerationMatch !== null && BigInt(ifGenerationMatch) !== current) throw new ApiFault(412, 'conditionNotMet', 'At least one of the pre-conditions you specified did not hold.')
  }
}

/** Base64 of the big-endian CRC32C. */
export function crc32cOf (bytes: Buffer): string {
  const crc32c = new CRC32C()
  crc32c.update(bytes)
  return crc32c.toString()
}

/** The object as the API describes it: 64-bit numbers are text. */
export function toResource (bucket: string, object: DoubleObject): Record<string, unknown> {
  const { name, generation, bytes, crc32c, timeCreated, contentType, metadata } = object
  return {
    kind: 'storage#object',
    id: `${bucket}/${name}/${generation}`,
    bucket,
    name,
    generation: String(generation),
    metageneration: '1',
    size: String(bytes.byteLength),
    crc32c,
    md5Hash: createHash('md5').update(bytes).digest('base64'),
    contentType,
    timeCreated: timeCreated.toISOString(),
    updated: timeCreated.toISOString(),
    storageClass: 'STANDARD',
    ...(metadata !== undefined && { metadata }),
  }
}
