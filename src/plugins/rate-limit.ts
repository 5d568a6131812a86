import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, preHandlerAsyncHookHandler } from 'fastify'
import fp from 'fastify-plugin'
import { OshError } from '../errors.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** The limit for requests that no route takes. */
    limitUnrouted: preHandlerAsyncHookHandler
  }
}

/**
 * Limits each client address (of IPv6, each /64 network) to so many requests a minute; `0` is no limit.
 * Counted in the process, so replicas each allow as many. Routes opt out with `config: { rateLimit: false }`.
 */
export default fp(async function rateLimitPlugin (app: FastifyInstance, { perMinute }: { perMinute: number }) {
  await app.register(rateLimit, {
    global: perMinute > 0,
    max: perMinute,
    timeWindow: 60_000,
    errorResponseBuilder: (_request, { max, ttl }) => tooMany(`At most ${max} requests a minute are answered for one address.`, ttl),
  })
  app.decorate('limitUnrouted', perMinute > 0 ? app.rateLimit() : async () => undefined)
}, { name: 'rate-limit' })

/** The 429 that tells to come back in so many milliseconds. */
export function tooMany (message: string, ttlMs: number): OshError {
  return new OshError('OSH_RATE_LIMITED', message, { retryAfterSeconds: Math.max(1, Math.ceil(ttlMs / 1000)) })
}
