import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'

export const latestCacheControl = 'public, max-age=60, stale-while-revalidate=300'
export const exactCacheControl = 'public, max-age=31536000, immutable'
// Node's own client reads 16 kB of headers in all.
const maxHeaderLength = 4096

/** A strong `ETag` (RFC 9110) made of all that an answer depends on, but for its encoding. */
export function tagOf (parts: readonly string[]): string {
  return `"${createHash('sha256').update(parts.join('\n')).digest('base64url').slice(0, 27)}"`
}

/** The tag of the same answer in an encoding: other bytes need another strong tag. */
export function encodedTag (tag: string, encoding: string): string {
  return encoding === 'identity' ? tag : `${tag.slice(0, -1)}-${encoding}"`
}

/** The tag by which the client knows this answer already, in whatever encoding. */
export function findKnownTag (request: FastifyRequest, tag: string): string | undefined {
  const header = request.headers['if-none-match']
  if (header === undefined) return undefined
  if (header === tag) return tag
  const known = header.split(',').map(candidate => candidate.trim().replace(/^W\//, ''))
  return known.includes('*') ? tag : known.find(candidate => candidate === tag || candidate.startsWith(`${tag.slice(0, -1)}-`))
}

/** The header, unless it would be too long for clients; the body says the same. */
export function shortHeader (name: string, value: string): Record<string, string> {
  return value.length <= maxHeaderLength ? { [name]: value } : {}
}

/** Sends what only `parts` and the URL determine, or 304 where the client has it. */
export async function sendTagged (request: FastifyRequest, reply: FastifyReply, parts: readonly string[], body: object, cacheControl = latestCacheControl): Promise<FastifyReply> {
  const tag = tagOf([request.server.serviceVersion, request.url, ...parts])
  const known = findKnownTag(request, tag)
  reply.headers({ 'cache-control': cacheControl, vary: 'Accept, Accept-Encoding', etag: known ?? tag })
  return await (known === undefined ? reply.send(body) : reply.code(304).send())
}
