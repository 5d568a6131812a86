import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { problemResponses } from '../schemas/problem.js'
import { NoQuerySchema } from '../schemas/query.js'
import { ItemSchema, ListSchema } from '../schemas/responses.js'
import { SnapshotDetailSchema, SnapshotSchema } from '../schemas/snapshot.js'
import { sendTagged } from '../src/plugins/caching.js'
import { parseSelector } from '../src/snapshots/selector.js'

const routes: FastifyPluginAsyncTypebox = async app => {
  app.get('/snapshots', {
    schema: {
      operationId: 'listSnapshots',
      summary: 'The days there are, newest first',
      tags: ['Snapshots'],
      querystring: NoQuerySchema,
      response: {
        200: { description: 'All snapshots', content: { 'application/json': { schema: ListSchema(SnapshotSchema, 'Snapshots') } } },
        ...problemResponses('OSH_BAD_PARAMETER'),
      },
    },
  }, async (request, reply) => {
    const data = app.catalog.list()
    return await sendTagged(request, reply, [JSON.stringify(data)], { data, meta: { total: data.length }, links: { self: request.url } })
  })

  app.get('/snapshots/:date', {
    schema: {
      operationId: 'getSnapshot',
      summary: 'One day: where it came from and how good its data is',
      tags: ['Snapshots'],
      params: Type.Object({ date: Type.String({ format: 'snapshot', maxLength: 100, description: 'A day (2026-11-23 or 20261123), `latest`, or one revision of a day', examples: ['latest'] }) }),
      querystring: NoQuerySchema,
      response: {
        200: { description: 'The snapshot with its quality report', content: { 'application/json': { schema: ItemSchema(SnapshotDetailSchema, 'OneSnapshot') } } },
        ...problemResponses('OSH_BAD_PARAMETER', 'OSH_SNAPSHOT_NOT_FOUND', 'OSH_SNAPSHOT_REPLACED', 'OSH_NO_SNAPSHOT', 'OSH_SNAPSHOT_UNREADABLE', 'OSH_CACHE_FAILED'),
      },
    },
  }, async (request, reply) => {
    const data = await app.catalog.describe(parseSelector(request.params.date) ?? 'latest')
    return await sendTagged(request, reply, [data.snapshot], { data, meta: {}, links: { self: `/snapshots/${data.date}` } })
  })
}

export default routes
