import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { otherContent, plotFormats } from '../schemas/formats.js'
import { problemResponses } from '../schemas/problem.js'
import { ChangesFeedQuerySchema, ChangesQuerySchema } from '../schemas/query.js'
import { ChangePageSchema, ChangeSchema, ChangesFeedSchema } from '../schemas/responses.js'
import { makeFeed } from '../src/plugins/feed.js'
import { parseChangesQuery } from '../src/query/changes.js'

const routes: FastifyPluginAsyncTypebox = async app => {
  app.get('/changes', {
    ...app.answered,
    schema: {
      operationId: 'listChanges',
      summary: 'Plots added, removed and changed between two days',
      description: 'Whose certificate lapsed this month in Johor: `field=cert_status&state=1&from=2026-11-01`. Without `from` and `to`, what the latest snapshot changed. A plot matches the filters if its state before or after does.',
      tags: ['Time'],
      querystring: ChangesQuerySchema,
      response: {
        200: { description: 'One page of changes; in other formats than JSON all of them, unless a page is asked for', content: { 'application/json': { schema: ChangePageSchema }, ...otherContent(ChangeSchema, plotFormats) } },
        ...problemResponses('OSH_BAD_PARAMETER', 'OSH_NOT_ACCEPTABLE', 'OSH_SNAPSHOT_NOT_FOUND', 'OSH_SNAPSHOT_REPLACED', 'OSH_NO_SNAPSHOT', 'OSH_HISTORY_BUILDING', 'OSH_SNAPSHOT_UNREADABLE', 'OSH_OVERLOADED', 'OSH_QUERY_TIMEOUT'),
      },
    },
  }, async (request, reply) => {
    const { query } = request
    return await app.withSpan({ ...query, begins: 'before' }, async ({ meta, origin, settled, ...days }) =>
      await app.sendResult(request, reply, { result: parseChangesQuery(query, days), query, offered: plotFormats, meta, origin, settled }))
  })

  app.get('/changes/feed', {
    ...app.answered,
    schema: {
      operationId: 'followChanges',
      summary: 'What the latest days changed, as a feed',
      description: 'JSON Feed 1.1 with an item for each of the latest days that changed something; takes every filter of /smallholders, so that one can follow a state, a scheme or a settlement.',
      tags: ['Time'],
      querystring: ChangesFeedQuerySchema,
      response: {
        200: { description: 'The feed, newest first', content: { 'application/feed+json': { schema: ChangesFeedSchema } } },
        ...problemResponses('OSH_BAD_PARAMETER', 'OSH_NO_SNAPSHOT', 'OSH_HISTORY_BUILDING', 'OSH_SNAPSHOT_UNREADABLE', 'OSH_OVERLOADED', 'OSH_QUERY_TIMEOUT'),
      },
    },
  }, async (request, reply) => await app.withSpan({ begins: 'first' }, async ({ origin: { pin: _, ...origin }, all }) =>
    await app.answerFrom(request, reply, origin, async view => await makeFeed(app, view, request.query, all))))
}

export default routes
