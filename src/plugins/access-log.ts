import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'

/** Milliseconds as precise as they are worth reading. */
export function tenths (milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10
}

/** One line a request, with the route but not what was asked: queries may hold names of people. */
export default fp(async function accessLogPlugin (app: FastifyInstance) {
  app.addHook('onResponse', async (request, reply) => {
    const { method, routeOptions, served } = request
    request.log.info({ method, route: routeOptions.url ?? null, status: reply.statusCode, durationMs: tenths(reply.elapsedTime), ...served }, 'answered')
  })
}, { name: 'access-log' })
