import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { otherContent, tableFormats } from '../schemas/formats.js'
import { problemResponses } from '../schemas/problem.js'
import { TrendsQuerySchema } from '../schemas/query.js'
import { TrendPageSchema, TrendSchema } from '../schemas/responses.js'
import { parseDimensions } from '../src/query/aggregate.js'
import { parseTrendsQuery } from '../src/query/trends.js'

const routes: FastifyPluginAsyncTypebox = async app => {
  app.get('/trends', {
    ...app.answered,
    schema: {
      operationId: 'followTotals',
      summary: 'Totals of every snapshot',
      description: 'What /aggregates gives, for every snapshot in a span of days; takes every filter of /smallholders. Try `by=cert_status` or `by=scheme&state=1&from=2026-11-01`.',
      tags: ['Time'],
      querystring: TrendsQuerySchema,
      response: {
        200: { description: 'A row for each day and group', content: { 'application/json': { schema: TrendPageSchema }, ...otherContent(TrendSchema, tableFormats) } },
        ...problemResponses('OSH_BAD_PARAMETER', 'OSH_NOT_ACCEPTABLE', 'OSH_SNAPSHOT_NOT_FOUND', 'OSH_SNAPSHOT_REPLACED', 'OSH_NO_SNAPSHOT', 'OSH_HISTORY_BUILDING', 'OSH_SNAPSHOT_UNREADABLE', 'OSH_OVERLOADED', 'OSH_QUERY_TIMEOUT'),
      },
    },
  }, async (request, reply) => {
    const { by, ...query } = request.query
    const dimensions = parseDimensions(by)
    return await app.withSpan({ ...query, begins: 'first' }, async ({ meta, origin, settled, between, all }) => {
      const result = parseTrendsQuery(query, dimensions, { asked: between, all })
      return await app.sendResult(request, reply, { result, query, offered: tableFormats, meta: { ...meta, by: dimensions, days: between.length }, origin, settled })
    })
  })
}

export default routes
