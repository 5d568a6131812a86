import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { otherContent, tableFormats } from '../schemas/formats.js'
import { problemResponses } from '../schemas/problem.js'
import { AggregatesQuerySchema, TotalsQuerySchema, type TotalsQuery } from '../schemas/query.js'
import { AggregatePageSchema, AggregateSchema } from '../schemas/responses.js'
import { parseDimensions, parseTotalsQuery, type Dimension } from '../src/query/aggregate.js'

const response = {
  200: { description: 'A row for each group', content: { 'application/json': { schema: AggregatePageSchema }, ...otherContent(AggregateSchema, tableFormats) } },
  ...problemResponses('OSH_BAD_PARAMETER', 'OSH_NOT_ACCEPTABLE', 'OSH_SNAPSHOT_NOT_FOUND', 'OSH_SNAPSHOT_REPLACED', 'OSH_NO_SNAPSHOT', 'OSH_OVERLOADED', 'OSH_QUERY_TIMEOUT'),
}

const routes: FastifyPluginAsyncTypebox = async app => {
  const sendTotals = async (request: FastifyRequest, reply: FastifyReply, query: TotalsQuery, by: readonly Dimension[]) => {
    return await app.sendResult(request, reply, { result: parseTotalsQuery(query, by), query, offered: tableFormats, meta: { by } })
  }

  app.get('/aggregates', {
    ...app.answered,
    schema: {
      operationId: 'sumUp',
      summary: 'Totals by any dimensions',
      description: 'Plots, hectares and certificates for each group; takes every filter of /smallholders. Try `by=state,scheme`, `by=entity&state=Johor&sort=-certified_area` or no `by` for the grand total.',
      tags: ['Totals'],
      querystring: AggregatesQuerySchema,
      response,
    },
  }, async (request, reply) => {
    const { by, ...query } = request.query
    return await sendTotals(request, reply, query, parseDimensions(by))
  })

  app.get('/aggregates/states', {
    ...app.answered,
    schema: {
      operationId: 'sumUpStates',
      summary: 'Totals by state',
      description: 'The same as /aggregates?by=state.',
      tags: ['Totals'],
      querystring: TotalsQuerySchema,
      response,
    },
  }, async (request, reply) => await sendTotals(request, reply, request.query, ['state']))

  app.get('/aggregates/schemes', {
    ...app.answered,
    schema: {
      operationId: 'sumUpSchemes',
      summary: 'Totals by scheme',
      description: 'The same as /aggregates?by=scheme.',
      tags: ['Totals'],
      querystring: TotalsQuerySchema,
      response,
    },
  }, async (request, reply) => await sendTotals(request, reply, request.query, ['scheme']))
}

export default routes
