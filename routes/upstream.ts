import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { problemResponses } from '../schemas/problem.js'
import { UpstreamEnvelopeSchema } from '../schemas/responses.js'
import { Type } from '../schemas/typebox/type.js'
import { jsonType } from '../src/plugins/pages.js'
import { openText } from '../src/plugins/streams.js'
import { compileFilter } from '../src/query/filter.js'
import { asUpstream, selectPlots } from '../src/query/page.js'
import { rangeOf } from '../src/query/result.js'

const defaultPageSize = 10
// More records than any other route has in a page are a stream, of which there are only so many at once.
const longestPage = 1000

const routes: FastifyPluginAsyncTypebox = async app => {
  app.get('/api/osh/all-smallholder', {
    compress: false,
    schema: {
      operationId: 'listUpstreamRecords',
      summary: 'Upstream\'s own route, with parameters that work',
      description: 'The same path, envelope and fields as upstream, areas and coordinates as strings. With neither `page` nor `pageSize` it returns all records that match; other parameters are ignored.',
      tags: ['Drop-in'],
      querystring: Type.Object({
        state: Type.Optional(Type.String({ minLength: 1, maxLength: 1000, description: 'State id', examples: ['1'] })),
        page: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000_000, description: 'From 1', examples: [1] })),
        pageSize: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000_000, description: `Records in a page, ${defaultPageSize} unless given, and as many as there are`, examples: [10] })),
      }),
      response: {
        200: { description: 'The records in order of id', content: { 'application/json': { schema: UpstreamEnvelopeSchema } } },
        ...problemResponses('OSH_BAD_PARAMETER', 'OSH_NO_SNAPSHOT', 'OSH_OVERLOADED', 'OSH_QUERY_TIMEOUT'),
      },
    },
  }, async (request, reply) => {
    const { state, page, pageSize } = request.query
    const where = compileFilter(state === undefined ? {} : { state })
    const limit = pageSize ?? defaultPageSize
    const isWhole = page === undefined && pageSize === undefined
    const range = isWhole ? undefined : rangeOf({ page: page ?? 1, pageSize: limit })
    return await app.streamFrom(request, reply, {
      selector: undefined,
      isShort: !isWhole && limit <= longestPage,
      isText: true,
      headers: () => ({ 'content-type': jsonType }),
      open: async ({ relation }) => ({
        stream: await openText(`{"data":{"page_size":${limit},"data":[`, app.reader.readPieces(relation, selectPlots(where), asUpstream, range), ']}}'),
      }),
    })
  })
}

export default routes
