import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { OshError } from '../errors.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** Throws `OSH_INGEST_DISABLED` or `OSH_UNAUTHORIZED` unless the `Authorization` header has one of the tokens. */
    authorizeIngest (header: string | undefined): void
  }
}

/** Decides who may start an ingest run: who has one of the bearer tokens. */
export default fp(async function authorizationPlugin (app: FastifyInstance, { tokens }: { tokens: readonly string[] }) {
  const digests = tokens.map(digest)
  app.decorate('authorizeIngest', (header: string | undefined) => {
    if (digests.length === 0) throw new OshError('OSH_INGEST_DISABLED', 'POST /ingest is switched off here; the operator enables it by setting INGEST_TOKEN.')
    const [, token] = /^bearer +(\S+) *$/i.exec(header ?? '') ?? []
    if (token === undefined) throw new OshError('OSH_UNAUTHORIZED', 'Send the header Authorization: Bearer with one of the tokens in INGEST_TOKEN.')
    const given = digest(token)
    // Every token is compared, so that the time taken tells nothing.
    const matches = digests.filter(known => timingSafeEqual(known, given))
    if (matches.length === 0) throw new OshError('OSH_UNAUTHORIZED', 'The token is none of those in INGEST_TOKEN.')
  })
}, { name: 'authorization' })

function digest (token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
