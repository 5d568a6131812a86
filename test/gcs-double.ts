import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { FaultPlans, type DoubleOperation, type FaultPlan } from './gcs/faults.js'
import { listObjects } from './gcs/listing.js'
import { parseUpload } from './gcs/multipart.js'
import { ApiFault, crc32cOf, Objects, toResource, type DoubleObject } from './gcs/objects.js'

/** A request that the double got, and how it answered; 0 where it broke off. */
export interface DoubleRequest {
  method: string
  path: string
  query: Record<string, string>
  operation: DoubleOperation | undefined
  object: string | undefined
  status: number
}

/** Google Cloud Storage's JSON API on a loopback port: the requests that snapshots need, and any fault they may meet. */
export interface GcsDouble {
  url: string
  requests: DoubleRequest[]
  /** The objects of the one bucket, `bucket`. */
  objects: Objects
  plan (plan: FaultPlan): void
  clearPlans (): void
  /** Ends every connection and frees the port. */
  close (): Promise<void>
}

interface Call {
  request: IncomingMessage
  query: URLSearchParams
  body: Buffer
  operation: DoubleOperation
  object: string
}

interface Reply {
  body: Record<string, unknown> | Buffer | undefined
  headers?: Record<string, string>
}

/** Starts the double; on the given port to come back where an earlier one was. */
export async function startGcsDouble ({ port = 0, objects = new Objects(), bucket = 'bucket' }: { port?: number, objects?: Objects, bucket?: string } = {}): Promise<GcsDouble> {
  const requests: DoubleRequest[] = []
  const plans = new FaultPlans()
  const server = createServer((request, response) => {
    handle(request, response, { bucket, objects, plans, requests }).catch(() => response.destroy())
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const close = async () => {
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the double has no port')
  return { url: `http://127.0.0.1:${address.port}`, requests, objects, plan: plan => plans.add(plan), clearPlans: () => plans.clear(), close }
}

interface State {
  bucket: string
  objects: Objects
  plans: FaultPlans
  requests: DoubleRequest[]
}

async function handle (request: IncomingMessage, response: ServerResponse, state: State): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://double')
  const { operation, bucket, object } = route(request.method ?? '', url)
  const record: DoubleRequest = { method: request.method ?? '', path: url.pathname, query: Object.fromEntries(url.searchParams), operation, object, status: 0 }
  state.requests.push(record)
  response.on('finish', () => { record.status = response.statusCode })
  const fault = operation === undefined ? undefined : state.plans.strike(operation, object)
  const body = await buffer(request)
  try {
    if (operation === undefined) throw new ApiFault(501, 'notImplemented', `the double has no ${request.method} ${url.pathname}${url.search}`)
    if (bucket !== undefined && bucket !== state.bucket) throw new ApiFault(404, 'notFound', 'The specified bucket does not exist.')
    const call = { request, query: url.searchParams, body, operation, object: object ?? '' }
    await answer(call, response, state, fault)
  } catch (error) {
    if (!(error instanceof ApiFault)) throw error
    sendError(response, error)
  }
}

function route (method: string, { pathname, searchParams }: URL): { operation?: DoubleOperation, bucket?: string, object?: string } {
  const [, bucket, name] = /^\/storage\/v1\/b\/([^/]+)\/o(?:\/([^/]+))?$/.exec(pathname) ?? []
  const uploadBucket = /^\/upload\/storage\/v1\/b\/([^/]+)\/o$/.exec(pathname)?.[1]
  const object = name === undefined ? undefined : decodeURIComponent(name)
  if (method === 'POST' && pathname === '/storage/v1/b') return { operation: 'create bucket' }
  if (method === 'POST' && uploadBucket !== undefined && searchParams.get('uploadType') === 'multipart') {
    return { operation: 'upload', bucket: uploadBucket, object: searchParams.get('name') ?? '' }
  }
  if (bucket === undefined) return {}
  if (method === 'GET' && object === undefined) return { operation: 'list', bucket }
  if (method === 'GET' && object !== undefined) return { operation: searchParams.get('alt') === 'media' ? 'download' : 'stat', bucket, object }
  return method === 'DELETE' && object !== undefined ? { operation: 'delete', bucket, object } : {}
}

/** Answers a request, or does to it what a plan says. */
async function answer (call: Call, response: ServerResponse, state: State, fault: FaultPlan['fault'] | undefined): Promise<void> {
  if (typeof fault === 'function') await fault()
  if (fault === 'stall') return
  if (fault === 'reset') return breakOff(call)
  if (fault === '429') return sendError(response, new ApiFault(429, 'rateLimitExceeded', 'The object exceeded the rate limit for object mutation operations.'))
  if (fault === '503') return sendError(response, new ApiFault(503, 'backendError', 'Backend Error'))
  if (typeof fault === 'object') return sendError(response, new ApiFault(fault.status, 'forbidden', fault.message))
  if (fault === 'ignored matchGlob') call.query.delete('matchGlob')
  const reply = perform(call, state)
  if (fault === 'commit-then-reset') return breakOff(call)
  if (fault === 'commit-then-503') return sendError(response, new ApiFault(503, 'backendError', 'Backend Error'))
  send(call, response, reply, fault)
}

function perform ({ request, query, body, operation, object }: Call, { bucket, objects }: State): Reply {
  const conditions = { ifGenerationMatch: query.get('ifGenerationMatch') }
  if (operation === 'list') return { body: listObjects(bucket, objects, query) }
  if (operation === 'stat') return { body: toResource(bucket, objects.get(object, query.get('generation'))) }
  if (operation === 'download') return toDownload(objects.get(object, query.get('generation')))
  if (operation === 'create bucket') return { body: { kind: 'storage#bucket', name: bucket } }
  if (operation === 'delete') {
    objects.delete(object, query.get('generation'), conditions)
    return { body: undefined }
  }
  const { given, bytes } = parseUpload(body, request.headers['content-type'])
  return { body: toResource(bucket, objects.insert(object, bytes, given, conditions)) }
}

function toDownload ({ bytes, crc32c, generation, contentType }: DoubleObject): Reply {
  return {
    body: bytes,
    headers: { 'content-type': contentType, 'x-goog-hash': `crc32c=${crc32c}`, 'x-goog-generation': String(generation), 'x-goog-stored-content-encoding': 'identity' },
  }
}

function send ({ request }: Call, response: ServerResponse, { body, headers = {} }: Reply, fault: FaultPlan['fault'] | undefined): void {
  if (body === undefined) {
    response.writeHead(204).end()
    return
  }
  const isFile = Buffer.isBuffer(body)
  const bytes = isFile ? Buffer.from(body) : Buffer.from(JSON.stringify(body))
  const middle = Math.floor(bytes.byteLength / 2)
  const isFlipped = fault === 'flipped byte' || fault === 'flipped byte behind a proxy'
  if (isFlipped) bytes[middle] = (bytes[middle] ?? 0) ^ 1
  response.writeHead(200, {
    'content-type': 'application/json; charset=utf-8',
    ...headers,
    'content-length': bytes.byteLength,
    // A proxy that does not hand this on makes the client skip its own check.
    ...(fault === 'flipped byte behind a proxy' && { 'x-goog-stored-content-encoding': '' }),
    ...(fault === 'wrong crc32c' && { 'x-goog-hash': `crc32c=${crc32cOf(Buffer.from('something else'))}` }),
  })
  if (fault === 'truncated body') response.write(bytes.subarray(0, middle), () => request.socket.destroy())
  else if (fault === 'stalled body') response.write(bytes.subarray(0, middle))
  else response.end(bytes)
}

function breakOff ({ request }: Call): void {
  request.socket.resetAndDestroy()
}

function sendError (response: ServerResponse, { code, reason, message }: ApiFault): void {
  response.writeHead(code, { 'content-type': 'application/json; charset=utf-8' })
  response.end(JSON.stringify({ error: { code, message, errors: [{ message, domain: 'global', reason }] } }))
}
