import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { IdentityRefusedError, OshError } from '../errors.js'
import type { GoogleIdentity } from '../identity.js'
import { tooMany } from './rate-limit.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** Throws `OSH_INGEST_DISABLED`, `OSH_UNAUTHORIZED` or `OSH_RATE_LIMITED` unless the request may start a run. */
    authorizeIngest (request: FastifyRequest): Promise<void>
  }
}

export interface AuthorizationOptions {
  tokens: readonly string[]
  identity: Pick<GoogleIdentity, 'verify'> | undefined
}

const failuresPerMinute = 10

/** Decides who may start an ingest run: who has one of the bearer tokens, or is one of the identities. */
export default fp(async function authorizationPlugin (app: FastifyInstance, { tokens, identity }: AuthorizationOptions) {
  const digests = tokens.map(digest)
  // Only failures count, so that nobody can lock out whoever has a good token and the same address.
  const countFailure = app.createRateLimit({ max: failuresPerMinute, timeWindow: 60_000 })

  const refuse = async (request: FastifyRequest, reason: string) => {
    const count = await countFailure(request)
    if (!count.isAllowed && count.isExceeded) throw tooMany(`At most ${count.max} wrong tokens a minute are looked at for one address.`, count.ttl)
    request.log.warn({ address: request.ip, reason }, 'an ingest was refused')
    throw new OshError('OSH_UNAUTHORIZED', `The token is refused: ${reason}.`)
  }

  app.decorate('authorizeIngest', async (request: FastifyRequest) => {
    if (digests.length === 0 && identity === undefined) throw new OshError('OSH_INGEST_DISABLED', 'POST /ingest is switched off here; the operator enables it by setting INGEST_TOKEN.')
    const [, token] = /^bearer +(\S+) *$/i.exec(request.headers.authorization ?? '') ?? []
    if (token === undefined) return await refuse(request, 'the header Authorization: Bearer with a token is missing')
    if (isOneOf(digests, token)) return
    if (identity === undefined || !looksSigned(token)) return await refuse(request, 'it is none of those in INGEST_TOKEN')
    try {
      await identity.verify(token)
    } catch (error) {
      if (!(error instanceof IdentityRefusedError)) throw error
      await refuse(request, error.message)
    }
  })
}, { name: 'authorization', dependencies: ['rate-limit'] })

/** Compares every token, so that the time taken tells nothing. */
function isOneOf (digests: readonly Buffer[], token: string): boolean {
  const given = digest(token)
  return digests.filter(known => timingSafeEqual(known, given)).length > 0
}

function digest (token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

/** Whether it has the three parts of a JSON Web Token (RFC 7519). */
function looksSigned (token: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)
}
