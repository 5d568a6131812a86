import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Relation } from '../duckdb/relation.js'
import { linkTo, readParameters, type Parameters } from '../query/links.js'
import { toDate } from '../snapshots/day.js'
import type { Lease } from '../snapshots/loaded.js'
import { parseSelector } from '../snapshots/selector.js'
import { idOf } from '../snapshots/store.js'

/** What a route answers from: one snapshot, held until the answer is made. */
export interface View {
  relation: Relation
  /** The exact form of the snapshot's name. */
  snapshot: string
  date: string
  path: string
  parameters: Parameters
}

const latestCacheControl = 'public, max-age=60, stale-while-revalidate=300'
const exactCacheControl = 'public, max-age=31536000, immutable'
// Node's own client reads 16 kB of headers in all.
const maxHeaderLength = 4096

/**
 * Answers from the snapshot that the request asks for, with its caching headers. `work`
 * makes the body; it is not called where the client has the answer already.
 */
export async function answerFrom (request: FastifyRequest, reply: FastifyReply, selector: string | undefined, work: (view: View) => Promise<string>): Promise<FastifyReply> {
  const view = await openView(request, reply, selector)
  try {
    if (reply.statusCode === 304) return await reply.send()
    return await reply.type('application/json; charset=utf-8').send(await work(view))
  } finally {
    view.release()
  }
}

/**
 * Opens the snapshot that is asked for, to be released after use, and sets the caching
 * headers. Without a selector it is the latest, of a route that knows no other.
 */
export async function openView (request: FastifyRequest, reply: FastifyReply, selector?: string): Promise<View & Pick<Lease, 'release'>> {
  const { stored, relation, release } = await request.server.catalog.acquire(parseSelector(selector ?? 'latest') ?? 'latest')
  const view = { relation, snapshot: idOf(stored), date: toDate(stored.day), path: request.url.split('?')[0] ?? '', parameters: readParameters(request.url) }
  setCaching(request, reply, view, selector)
  return { ...view, release }
}

/** Sets the headers of an answer that the snapshot and the request determine, and 304 where the client has it. */
function setCaching (request: FastifyRequest, reply: FastifyReply, { snapshot, path, parameters }: View, asked: string | undefined): void {
  const canonical = parameters.filter(([name]) => name !== 'snapshot').map(pair => pair.join('=')).sort()
  reply.header('cache-control', asked === snapshot ? exactCacheControl : latestCacheControl)
  reply.header('vary', 'Accept, Accept-Encoding')
  if (asked !== undefined && asked !== snapshot) setShortHeader(reply, 'content-location', linkTo(path, parameters, { snapshot }))
  setEntityTag(request, reply, [request.server.serviceVersion, snapshot, path, ...canonical])
}

/** Sets a header unless it would be too long for clients; the body says the same. */
export function setShortHeader (reply: FastifyReply, name: string, value: string): void {
  if (value.length <= maxHeaderLength) reply.header(name, value)
}

/** Sends what only `parts` determine, or 304 where the client has it. */
export async function sendTagged (request: FastifyRequest, reply: FastifyReply, parts: readonly string[], body: object, cacheControl = latestCacheControl): Promise<FastifyReply> {
  reply.header('cache-control', cacheControl)
  setEntityTag(request, reply, [request.server.serviceVersion, request.url, ...parts])
  return await (reply.statusCode === 304 ? reply.send() : reply.send(body))
}

/** Sets a strong `ETag` made of `parts`, and 304 where the client has it. */
function setEntityTag (request: FastifyRequest, reply: FastifyReply, parts: readonly string[]): void {
  const tag = `"${createHash('sha256').update(parts.join('\n')).digest('base64url').slice(0, 27)}"`
  reply.header('etag', tag)
  const known = request.headers['if-none-match']?.split(',').map(candidate => candidate.trim().replace(/^W\//, '')) ?? []
  if (known.includes(tag) || known.includes('*')) reply.code(304)
}
