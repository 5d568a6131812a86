import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { formatEnvelope, sendFaulty, sendPlain, type Fault, type Payload } from './faults.js'

export { formatEnvelope, type Fault } from './faults.js'

export const upstreamPath = '/api/osh/all-smallholder'

type Records = readonly unknown[]

export interface UpstreamSettings {
  /** What to serve; a function is asked at each request and may return another list each day. */
  records: Records | (() => Records)
  /** `127.0.0.1` by default. */
  host?: string
  /** Any free port by default. */
  port?: number
  /** Private key and certificate chain as PEM: with them the server speaks https:. */
  tls?: { key: string, cert: string }
}

export interface Upstream {
  /** The endpoint's full URL. */
  readonly url: string
  readonly origin: string
  /** How many requests to the endpoint have arrived. */
  readonly requests: number
  setRecords: (records: UpstreamSettings['records']) => void
  /** Serves this text or these bytes instead of the records' envelope, until `setRecords`. */
  setBody: (body: string | Buffer) => void
  /** Each of the next requests takes one of these faults, in order; then all is well again. */
  misbehave: (...faults: Fault[]) => void
  /** Every request takes this fault, where none is queued; `undefined` ends that. */
  misbehaveAlways: (fault: Fault | undefined) => void
  /** Ends open connections too. */
  close: () => Promise<void>
}

/**
 * Starts a server that answers `GET /api/osh/all-smallholder` as upstream
 * does: all records in its envelope, whatever the parameters. Anything else is
 * a 404. It goes wrong only where it is told to.
 */
export async function startUpstream ({ records, host = '127.0.0.1', port = 0, tls }: UpstreamSettings): Promise<Upstream> {
  const payload = createPayload(records)
  const queue: Fault[] = []
  let always: Fault | undefined
  let requests = 0

  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const { pathname } = new URL(request.url ?? '/', 'http://upstream')
    if (request.method !== 'GET' || pathname !== upstreamPath) {
      response.writeHead(404, { 'content-type': 'application/json' }).end('{"message":"Not Found"}')
      return
    }
    requests++
    const fault = queue.shift() ?? always
    if (fault === undefined) sendPlain(response, payload.body())
    else sendFaulty(response, fault, payload)
  }

  const server = tls === undefined ? createServer(answer) : createTlsServer(tls, answer)
  server.listen(port, host)
  await once(server, 'listening')
  const origin = `${tls === undefined ? 'http' : 'https'}://${host}:${readPort(server)}`
  return {
    origin,
    url: origin + upstreamPath,
    get requests () { return requests },
    setRecords: payload.setRecords,
    setBody: payload.setBody,
    misbehave: (...faults) => { queue.push(...faults) },
    misbehaveAlways: fault => { always = fault },
    close: () => closeServer(server),
  }
}

/** Serialises a list of records once, not at every request. */
function createPayload (initial: UpstreamSettings['records']): Payload & Pick<Upstream, 'setRecords' | 'setBody'> {
  let source = initial
  let raw: Buffer | undefined
  let cached: { records: Records, body: Buffer } | undefined
  const records = () => typeof source === 'function' ? source() : source
  return {
    records,
    body: () => {
      if (raw !== undefined) return raw
      const current = records()
      if (cached?.records !== current) cached = { records: current, body: Buffer.from(formatEnvelope(current)) }
      return cached.body
    },
    setRecords: next => {
      source = next
      raw = cached = undefined
    },
    setBody: body => {
      raw = Buffer.from(body)
      cached = undefined
    },
  }
}

function readPort (server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server does not listen on a port')
  return address.port
}

async function closeServer (server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}
