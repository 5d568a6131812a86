import { randomUUID } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { IngestReport } from '../../schemas/ingest.js'
import { startGcsDouble, type GcsDouble } from '../gcs-double.js'
import { Objects, type DoubleObject } from '../gcs/objects.js'
import { query, quote } from '../helpers/parquet.js'
import type { Test } from '../helpers/service.js'

/** The plots of a snapshot, each as `[id, name, certified area]`, in id order. */
export type Plots = readonly (readonly [id: number, name: string, hectares: number])[]

/** A bucket's objects, with all that ever were in it. */
export class RecordedObjects extends Objects {
  readonly inserted: DoubleObject[] = []

  override insert (...given: Parameters<Objects['insert']>): DoubleObject {
    const object = super.insert(...given)
    this.inserted.push(object)
    return object
  }

  /** The object that was published under this exact name, `20261123.<generation>`. */
  find (snapshot: string): DoubleObject | undefined {
    return this.inserted.find(object => snapshotOf(object) === snapshot)
  }

  /** The newest day's object. */
  get newest (): DoubleObject {
    return this.get(this.names.at(-1) ?? 'none')
  }
}

export interface RecordedBucket extends GcsDouble {
  objects: RecordedObjects
}

/** Starts a double whose bucket remembers all that was published. */
export async function startBucket (t: Test, { port = 0, objects = new RecordedObjects() }: { port?: number, objects?: RecordedObjects } = {}): Promise<RecordedBucket> {
  const double = await startGcsDouble({ port, objects })
  t.after(() => double.close().catch(() => undefined))
  return { ...double, objects }
}

/** The exact name of the snapshot that an object is. */
export function snapshotOf ({ name, generation }: DoubleObject): string {
  return `${name.split('/').at(-2)}.${generation}`
}

const contents = new WeakMap<DoubleObject, Promise<Plots>>()

/** What a plain DuckDB reads from an object; rejects where it is no whole file. */
export async function plotsOf (object: DoubleObject): Promise<Plots> {
  const plots = contents.get(object) ?? readPlots(object.bytes)
  contents.set(object, plots)
  return await plots
}

async function readPlots (bytes: Buffer): Promise<Plots> {
  const path = join(tmpdir(), `osh-faults-${randomUUID()}.parquet`)
  await writeFile(path, bytes)
  const rows = await query(`SELECT * FROM read_parquet(${quote(path)}) ORDER BY entity_smallholder_id`).finally(() => rm(path))
  return rows.map(row => [Number(row['entity_smallholder_id']), String(row['name']), Number(row['certified_area'])])
}

/**
 * One sentence for each snapshot that is lost: an object that is not the last that was published under
 * its name, that an older fetch replaced, or that cannot be read, and a snapshot that a run called published and that never was.
 */
export async function findLost (objects: RecordedObjects, reports: readonly IngestReport[] = []): Promise<string[]> {
  const lost: string[] = []
  for (const name of new Set(objects.inserted.map(object => object.name))) {
    const published = objects.inserted.filter(object => object.name === name)
    const last = published.at(-1)
    if (last === undefined || !objects.names.includes(name) || objects.get(name) !== last) lost.push(`${name} is not the last that was published`)
    const fetches = published.map(({ metadata }) => metadata?.['fetchedAt'] ?? '')
    if (fetches.some((fetchedAt, index) => index > 0 && fetchedAt <= (fetches[index - 1] ?? ''))) lost.push(`an older fetch replaced a newer one of ${name}: ${fetches.join(', ')}`)
    if (last !== undefined) await plotsOf(last).catch(error => lost.push(`${name} cannot be read: ${error}`))
  }
  for (const { outcome, snapshot } of reports) {
    if (outcome === 'published' && objects.find(snapshot ?? '') === undefined) lost.push(`${snapshot} was called published and never was in the bucket`)
  }
  return lost
}
