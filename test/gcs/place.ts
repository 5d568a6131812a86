import { randomUUID } from 'node:crypto'
import { Storage } from '@google-cloud/storage'
import { startGcsDouble, type GcsDouble } from '../gcs-double.js'
import type { Test } from '../helpers/service.js'
import { bucketVariable, endpointVariable, folderVariable } from './variables.js'

/** An object as a test may want to see it. */
export interface PlacedObject {
  generation: string
  metadata: Record<string, unknown>
}

/** A part of a bucket that one test has for itself. */
export interface Place {
  bucket: string
  /** What the names of its objects begin with in the bucket: nothing, or folders and a slash. */
  root: string
  /** The address of the storage API; Google's own where there is none. */
  endpoint: string | undefined
  /** Names without the root, in order. */
  names (): Promise<string[]>
  get (name: string): Promise<PlacedObject>
  /** Puts an object where one may be, as other writers do: without any metadata. */
  put (name: string, bytes: Buffer): Promise<void>
  remove (name: string): Promise<void>
}

/** A place whose server records every request and can be told to fail. */
export interface DoublePlace extends Place {
  endpoint: string
  double: GcsDouble
}

/** A place on the server that `npm run test:gcs` was told, else on a double of its own. */
export async function openPlace (t: Test): Promise<Place & { double?: GcsDouble }> {
  const bucket = process.env[bucketVariable]
  return bucket === undefined ? await openDouble(t) : openServer(bucket, process.env[endpointVariable])
}

/** A place on a double of its own. */
export async function openDouble (t: Test): Promise<DoublePlace> {
  const double = await startGcsDouble()
  t.after(() => double.close().catch(() => undefined))
  const { objects } = double
  const anyGeneration = { ifGenerationMatch: null }
  return {
    bucket: 'bucket',
    root: '',
    endpoint: double.url,
    double,
    names: async () => objects.names,
    get: async name => {
      const { generation, metadata = {} } = objects.get(name)
      return { generation: String(generation), metadata }
    },
    put: async (name, bytes) => { objects.insert(name, bytes, {}, anyGeneration) },
    remove: async name => objects.delete(name, null, anyGeneration),
  }
}

/** A client with nothing of the service's own, so that a test looks at a bucket with other eyes. */
export function plainClient (endpoint: string | undefined): Storage {
  return new Storage(endpoint === undefined ? {} : { apiEndpoint: endpoint, projectId: 'osh-api-test' })
}

function openServer (bucket: string, endpoint: string | undefined): Place {
  const root = `${process.env[folderVariable] ?? ''}${randomUUID()}/`
  const client = plainClient(endpoint).bucket(bucket)
  const file = (name: string) => client.file(`${root}${name}`)
  return {
    bucket,
    root,
    endpoint,
    names: async () => (await client.getFiles({ prefix: root }))[0].map(({ name }) => name.slice(root.length)).sort(),
    get: async name => {
      const [{ generation, metadata }] = await file(name).getMetadata()
      return { generation: String(generation), metadata: metadata ?? {} }
    },
    put: async (name, bytes) => await file(name).save(bytes, { resumable: false, validation: false }),
    remove: async name => { await file(name).delete() },
  }
}
