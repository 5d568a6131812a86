import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { problemResponses } from '../schemas/problem.js'
import { NoQuerySchema } from '../schemas/query.js'
import { schemes, SchemeSchema, states, StateSchema } from '../schemas/reference.js'
import { ListSchema } from '../schemas/responses.js'
import { sendTagged } from '../src/plugins/caching.js'

const cacheControl = 'public, max-age=86400'

const sendList = async (request: FastifyRequest, reply: FastifyReply, data: readonly object[]) =>
  await sendTagged(request, reply, [], { data, meta: { total: data.length }, links: { self: request.url } }, cacheControl)

const routes: FastifyPluginAsyncTypebox = async app => {
  app.get('/states', {
    schema: {
      operationId: 'listStates',
      summary: 'The states with their ids',
      tags: ['Reference'],
      querystring: NoQuerySchema,
      response: {
        200: { description: 'All states', content: { 'application/json': { schema: ListSchema(StateSchema, 'States') } } },
        ...problemResponses('OSH_BAD_PARAMETER'),
      },
    },
  }, async (request, reply) => await sendList(request, reply, states))

  app.get('/schemes', {
    schema: {
      operationId: 'listSchemes',
      summary: 'The managing organisations with their full names',
      tags: ['Reference'],
      querystring: NoQuerySchema,
      response: {
        200: { description: 'All schemes', content: { 'application/json': { schema: ListSchema(SchemeSchema, 'Schemes') } } },
        ...problemResponses('OSH_BAD_PARAMETER'),
      },
    },
  }, async (request, reply) => await sendList(request, reply, schemes))
}

export default routes
