import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { problemResponses } from '../schemas/problem.js'
import { UpstreamEnvelopeSchema } from '../schemas/responses.js'
import type { Relation } from '../src/duckdb/relation.js'
import { findKnownTag } from '../src/plugins/caching.js'
import { jsonType } from '../src/plugins/pages.js'
import { Question } from '../src/plugins/questions.js'
import { streamBody } from '../src/plugins/streams.js'
import { compileFilter } from '../src/query/filter.js'
import { readUpstreamRecords, type Range } from '../src/query/upstream.js'

const defaultPageSize = 10
// More records than any other route has in a page are a stream, of which there are only so many at once.
const longestPage = 1000

/** The envelope around the records; the first piece is there already, so that an early failure is a clean error. */
async function * wrap (pageSize: number, first: string, rest: AsyncIterable<string>): AsyncGenerator<string> {
  yield `{"data":{"page_size":${pageSize},"data":[${first}`
  yield * rest
  yield ']}}'
}

/** Streams the records of the latest snapshot, which is held until the last of them is sent. */
async function sendRecords (request: FastifyRequest, reply: FastifyReply, { pageSize, isLong }: { pageSize: number, isLong: boolean }, read: (relation: Relation) => AsyncGenerator<string>): Promise<FastifyReply> {
  const question = new Question(request, undefined)
  const lease = await request.server.catalog.acquire(question.selector)
  const { stored, relation } = lease
  let leave = () => {}
  const release = () => {
    lease.release()
    leave()
  }
  try {
    const { tag, headers } = question.on(stored)
    const known = findKnownTag(request, tag)
    reply.headers(headers)
    if (known !== undefined) {
      release()
      return await reply.code(304).header('etag', known).send()
    }
    if (isLong) leave = request.server.streams.enter()
    const pieces = read(relation)
    const first = await pieces.next()
    return await reply.type(jsonType).send(streamBody(request, wrap(pageSize, first.done === true ? '' : first.value, pieces), release))
  } catch (error) {
    release()
    throw error
  }
}

const routes: FastifyPluginAsyncTypebox = async app => {
  app.get('/api/osh/all-smallholder', {
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
    const range: Range = page === undefined && pageSize === undefined ? {} : { offset: ((page ?? 1) - 1) * limit, limit }
    const isLong = range.limit === undefined || range.limit > longestPage
    return await sendRecords(request, reply, { pageSize: limit, isLong }, relation => readUpstreamRecords(app.database, relation, where, range))
  })
}

export default routes
