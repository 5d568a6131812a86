import { startUpstream } from '../../demo/upstream.js'
import type { DoubleObject } from '../gcs/objects.js'
import { objectOf } from '../snapshots/gcs-helpers.js'
import { startService, type Test } from '../helpers/service.js'
import { registerOf } from './answers.js'
import { startBucket, type RecordedObjects } from './bucket.js'

/** A snapshot's file, to be put into a bucket as another writer's. */
export type SnapshotFile = Pick<DoubleObject, 'name' | 'bytes' | 'metadata'>

/** Ingests registers one after the other, and returns their files. */
export async function makeFiles (t: Test, registers: readonly (readonly [name: string, size: number])[]): Promise<SnapshotFile[]> {
  const bucket = await startBucket(t)
  const service = await startService(t, { environment: { SNAPSHOT_STORE: 'gs://bucket/snapshots', GCS_ENDPOINT: bucket.url, INGEST_MAX_SHRINK: '1' } })
  for (const [name, size] of registers) {
    service.upstream.setRecords(registerOf(name, size))
    const { status, text } = await service.ingest()
    if (status !== 201) throw new Error(text)
  }
  await service.close()
  return bucket.objects.inserted
}

/** Puts a file into a bucket, for its own day unless another, `YYYYMMDD`, is given. */
export function put (objects: RecordedObjects, { name, bytes, metadata }: SnapshotFile, day?: string): DoubleObject {
  return objects.insert(day === undefined ? name : objectOf(day), bytes, { ...(metadata && { metadata }) }, { ifGenerationMatch: null })
}

/** An upstream that is closed after the test. */
export async function openUpstream (t: Test): ReturnType<typeof startUpstream> {
  const upstream = await startUpstream({ records: [] })
  t.after(() => upstream.close())
  return upstream
}
