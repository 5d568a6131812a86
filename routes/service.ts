import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { problemResponses } from '../schemas/problem.js'
import { HealthSchema, ReadySchema } from '../schemas/responses.js'
import { Type } from '../schemas/typebox/type.js'
import { OshError } from '../src/errors.js'

const routes: FastifyPluginAsyncTypebox = async app => {
  app.addHook('onRequest', async (_request, reply) => { reply.header('cache-control', 'no-store') })

  app.get('/health', {
    config: app.alwaysAnswered,
    schema: {
      operationId: 'getHealth',
      summary: 'The process is alive',
      tags: ['Service'],
      response: {
        200: { description: 'Alive', content: { 'application/json': { schema: HealthSchema } } },
        ...problemResponses('OSH_METHOD_NOT_ALLOWED'),
      },
    },
  }, async () => ({ status: 'ok' as const, version: app.serviceVersion, uptimeSeconds: process.uptime() }))

  app.get('/ready', {
    config: app.alwaysAnswered,
    schema: {
      operationId: 'getReadiness',
      summary: 'A snapshot is served',
      tags: ['Service'],
      response: {
        200: { description: 'Ready', content: { 'application/json': { schema: ReadySchema } } },
        ...problemResponses('OSH_METHOD_NOT_ALLOWED', 'OSH_NO_SNAPSHOT'),
      },
    },
  }, async () => {
    const { latest, lookedAt } = app.catalog
    if (latest === undefined) throw new OshError('OSH_NO_SNAPSHOT', 'No snapshot is served yet.', { retryAfterSeconds: 5 })
    return {
      status: 'ready' as const,
      snapshot: latest.snapshot,
      date: latest.date,
      rows: latest.rows,
      storeLookedAt: lookedAt?.toISOString() ?? null,
      history: app.history.progress,
      storeLookAgeSeconds: lookedAt === undefined ? null : (Date.now() - lookedAt.getTime()) / 1000,
    }
  })
  app.get('/metrics', {
    config: app.alwaysAnswered,
    schema: {
      operationId: 'getMetrics',
      summary: 'Counts and measures of this process, for Prometheus',
      description: 'docs/operate.md says what each means and what to alarm on.',
      tags: ['Service'],
      response: {
        200: { description: 'Prometheus\'s text format', content: { 'text/plain': { schema: Type.String() } } },
        ...problemResponses('OSH_METHOD_NOT_ALLOWED'),
      },
    },
  }, async (_request, reply) => {
    const { registry } = app.metrics
    return await reply.type(registry.contentType).send(await registry.metrics())
  })
}

export default routes
