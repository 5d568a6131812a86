import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { Metrics, type Measured } from '../metrics.js'

declare module 'fastify' {
  interface FastifyInstance {
    metrics: Metrics
  }
}

/** Counts an answer, once it is sent or its reader has gone. */
export function countAnswer ({ server, method, routeOptions, served }: FastifyRequest, reply: FastifyReply): void {
  server.metrics.countAnswer(method, routeOptions.url, reply.statusCode, reply.elapsedTime, served)
}

/** Counts answers, and keeps what `GET /metrics` tells. */
export default fp(async function metricsPlugin (app: FastifyInstance, parts: Measured) {
  app.decorate('metrics', new Metrics(parts))
  app.addHook('onResponse', (request, reply, done) => {
    countAnswer(request, reply)
    done()
  })
}, { name: 'metrics' })
