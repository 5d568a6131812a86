import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { IngestReportSchema } from '../schemas/ingest.js'
import { problemResponses } from '../schemas/problem.js'
import { NoQuerySchema } from '../schemas/query.js'
import { ItemSchema, ListSchema } from '../schemas/responses.js'
import { Type } from '../schemas/typebox/type.js'
import { OshError } from '../src/errors.js'
import type { Run } from '../src/ingest/runs.js'

const sendRun = async (reply: FastifyReply, { report, ended }: Run) => {
  const error = await ended
  if (error !== undefined) throw new OshError(error.code, error.message, { cause: error, extensions: { report } })
  reply.header('location', `/snapshots/${report.date}`)
  return await reply.code(report.outcome === 'published' ? 201 : 200).send(report)
}

const prefersAsync = ({ headers }: FastifyRequest) =>
  [headers.prefer].flat().join(',').split(/[,;]/).some(preference => preference.trim().toLowerCase() === 'respond-async')

const routes: FastifyPluginAsyncTypebox = async app => {
  // The body says nothing that the service wants to know, whatever its type.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, _body, done) => done(null))

  app.post('/ingest', {
    schema: {
      operationId: 'ingest',
      summary: 'Fetch upstream now and publish today\'s snapshot',
      description: 'Answers when the run has ended, or at once with the header `Prefer: respond-async`. A second call while a run is under way joins it. The request body is ignored.',
      tags: ['Ingest'],
      security: [{ bearer: [] }],
      querystring: Type.Object({
        force: Type.Boolean({ default: false, description: 'Accept a register that lost more rows than INGEST_MAX_SHRINK allows' }),
      }, { additionalProperties: false }),
      headers: Type.Object({ prefer: Type.Optional(Type.String({ maxLength: 1000, description: '`respond-async` to get 202 at once', examples: ['respond-async'] })) }),
      response: {
        200: { description: 'The day has this content already (`unchanged`), or a newer fetch was published first (`superseded`)', content: { 'application/json': { schema: IngestReportSchema } } },
        201: { description: 'A new or replaced snapshot, at `Location`', content: { 'application/json': { schema: IngestReportSchema } } },
        202: { description: 'The run has begun; its report grows at `Location`', content: { 'application/json': { schema: IngestReportSchema } } },
        ...problemResponses('OSH_BAD_PARAMETER', 'OSH_UNAUTHORIZED', 'OSH_INGEST_DISABLED', 'OSH_INGEST_CONFLICT', 'OSH_PAYLOAD_TOO_LARGE', 'OSH_UPSTREAM_SUSPICIOUS',
          'OSH_UPSTREAM_FAILED', 'OSH_UPSTREAM_UNTRUSTED', 'OSH_STORE_FAILED', 'OSH_UPSTREAM_TIMEOUT', 'OSH_PUBLISH_UNKNOWN', 'OSH_IDENTITY_UNAVAILABLE', 'OSH_SHUTTING_DOWN'),
      },
    },
    onRequest: app.authorizeIngest,
  }, async (request, reply) => {
    const run = app.runs.start(request.query.force)
    if (!prefersAsync(request)) return await sendRun(reply, run)
    return await reply.code(202).header('location', `/ingest/runs/${run.report.runId}`).header('preference-applied', 'respond-async').send(run.report)
  })

  app.get('/ingest/runs', {
    schema: {
      operationId: 'listRuns',
      summary: 'The latest runs of this process, newest first',
      tags: ['Ingest'],
      querystring: NoQuerySchema,
      response: {
        200: { description: 'The runs', content: { 'application/json': { schema: ListSchema(IngestReportSchema, 'Runs') } } },
        ...problemResponses('OSH_BAD_PARAMETER'),
      },
    },
  }, async (request, reply) => {
    const data = app.runs.list()
    return await reply.header('cache-control', 'no-store').send({ data, meta: { total: data.length }, links: { self: request.url } })
  })

  app.get('/ingest/runs/:runId', {
    schema: {
      operationId: 'getRun',
      summary: 'Progress and report of one run',
      tags: ['Ingest'],
      params: Type.Object({ runId: Type.String({ maxLength: 100, description: '`runId` of a report', examples: ['4f9b2c1e-6d1d-4c1a-9c55-0f6a2b7f9e01'] }) }),
      querystring: NoQuerySchema,
      response: {
        200: { description: 'The run', content: { 'application/json': { schema: ItemSchema(IngestReportSchema, 'OneRun') } } },
        ...problemResponses('OSH_BAD_PARAMETER', 'OSH_RUN_NOT_FOUND'),
      },
    },
  }, async (request, reply) =>
    await reply.header('cache-control', 'no-store').send({ data: app.runs.find(request.params.runId), meta: {}, links: { self: request.url } }))
}

export default routes
