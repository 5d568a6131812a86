import { readFile } from 'node:fs/promises'
import { createHash } from 'node:crypto'
import { CRC32C } from '@google-cloud/storage'
import { OshError } from '../errors.js'
import type { Bucket, StoredObject } from './gcs-bucket.js'
import { isTransient, toStoreError } from './gcs-error.js'
import { backOff } from './retry.js'
import type { PreparedSnapshot, Publication } from './store.js'

export interface PublishOptions {
  /** After so long nothing further is tried. */
  publishMs: number
  backoffMs: number
  /** Milliseconds that never go back. */
  now: () => number
  newId: () => string
}

interface WriteMetadata extends Record<string, string> {
  writeId: string
  sha256: string
  contentSha256: string
  rows: string
  fetchedAt: string
}

/**
 * Makes a file the object of that name, by the protocol for many writers: look, upload on the condition
 * that nothing has changed since, and look again after anything but success. Throws `OSH_PUBLISH_UNKNOWN`
 * where the time is up and an upload may or may not have arrived.
 */
export async function publishObject (bucket: Bucket, name: string, prepared: PreparedSnapshot, { publishMs, backoffMs, now, newId }: PublishOptions): Promise<{ outcome: Publication['outcome'], object: StoredObject }> {
  const { bytes, crc32c } = await readPrepared(prepared)
  const metadata = describe(prepared, newId())
  const endsAt = now() + publishMs
  let sent = false
  let failure: unknown
  for (let attempt = 1; now() < endsAt; attempt++) {
    try {
      const current = await bucket.stat(name)
      const outcome = current && judge(current, metadata)
      if (current !== undefined && outcome !== undefined) return { outcome, object: current }
      sent = true
      return { outcome: 'published', object: await bucket.upload(name, { bytes, crc32c, metadata, ifGenerationMatch: current?.generation ?? '0' }) }
    } catch (error) {
      failure = error
      // Only the first upload's refusal says for sure that nothing arrived.
      if (!isTransient(error)) throw sent && attempt > 1 ? unknown(name, bucket, error) : toStoreError(error)
    }
    await backOff(attempt, backoffMs)
  }
  throw sent ? unknown(name, bucket, failure) : toStoreError(failure)
}

/** What the object that is there makes of an attempt to publish; undefined: it is to be replaced. */
function judge ({ metadata: theirs = {} }: StoredObject, mine: WriteMetadata): Publication['outcome'] | undefined {
  if (theirs['writeId'] === mine.writeId) return 'published'
  if (theirs['contentSha256'] === mine.contentSha256) return 'unchanged'
  return Date.parse(theirs['fetchedAt'] ?? '') >= Date.parse(mine.fetchedAt) ? 'superseded' : undefined
}

async function readPrepared ({ path, sha256 }: PreparedSnapshot): Promise<{ bytes: Buffer, crc32c: string }> {
  const bytes = await readFile(path)
  if (createHash('sha256').update(bytes).digest('hex') !== sha256) throw new OshError('OSH_STORE_FAILED', 'The written snapshot does not read back the same; nothing was published.')
  const crc32c = new CRC32C()
  crc32c.update(bytes)
  return { bytes, crc32c: crc32c.toString() }
}

function describe ({ sha256, facts }: PreparedSnapshot, writeId: string): WriteMetadata {
  return { writeId, sha256, contentSha256: facts.contentSha256, rows: String(facts.rows), fetchedAt: facts.fetchedAt }
}

function unknown (name: string, bucket: Bucket, cause: unknown): OshError {
  return new OshError('OSH_PUBLISH_UNKNOWN', `gs://${bucket.name}/${name} may or may not be the new snapshot: the store did not confirm it in time. Ingest again; that does no harm in either case.`, { cause })
}
