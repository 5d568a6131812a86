import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'

/** One line a request, with the route but not what was asked: queries may hold names of people. */
export default fp(async function accessLogPlugin (app: FastifyInstance) {
  app.addHook('onResponse', async (request, reply) => {
    request.log.info({ method: request.method, route: request.routeOptions.url ?? null, status: reply.statusCode, durationMs: Math.round(reply.elapsedTime * 10) / 10 }, 'answered')
  })
}, { name: 'access-log' })
