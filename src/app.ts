import cors from '@fastify/cors'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify'
import aggregates from '../routes/aggregates.js'
import changes from '../routes/changes.js'
import eudr from '../routes/eudr.js'
import ingest from '../routes/ingest.js'
import ogc from '../routes/ogc.js'
import reference from '../routes/reference.js'
import service from '../routes/service.js'
import smallholders from '../routes/smallholders.js'
import snapshots from '../routes/snapshots.js'
import trends from '../routes/trends.js'
import upstream from '../routes/upstream.js'
import { ProblemSchema } from '../schemas/problem.js'
import { parseSize, readTrustProxy, splitList, type Config } from './config.js'
import { usualLimits, type Limits } from './limits.js'
import accessLog from './plugins/access-log.js'
import answerHeaders, { chooseRequestId } from './plugins/answer-headers.js'
import answers from './plugins/answers.js'
import authorization from './plugins/authorization.js'
import compression from './plugins/compression.js'
import connections from './plugins/connections.js'
import drain from './plugins/drain.js'
import formats from './plugins/formats.js'
import methods from './plugins/methods.js'
import metrics from './plugins/metrics.js'
import openapi from './plugins/openapi.js'
import overload from './plugins/overload.js'
import page from './plugins/page.js'
import problems, { sendClientError, sendUnrouted } from './plugins/problems.js'
import rateLimit from './plugins/rate-limit.js'
import services from './plugins/services.js'
import streamed from './plugins/streamed.js'
import streams from './plugins/streams.js'
import time from './plugins/time.js'
import validation from './plugins/validation.js'
import type { Services } from './services.js'

const exposedHeaders = ['Link', 'ETag', 'Content-Location', 'Content-Disposition', 'Location', 'Retry-After', 'X-EUDR-Included', 'X-EUDR-Left-Out', 'X-Request-Id', 'X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Reset'].join(', ')

/** The whole HTTP service over its parts; it neither listens nor closes them. */
export async function buildApp (config: Config, parts: Services, logger: FastifyBaseLogger, limits: Limits = usualLimits): Promise<FastifyInstance> {
  const app = Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: chooseRequestId,
    trustProxy: readTrustProxy(config.TRUST_PROXY),
    http: { maxHeaderSize: limits.headerBytes, headersTimeout: limits.headersMs, connectionsCheckingInterval: limits.requestCheckMs },
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    maxRequestsPerSocket: limits.requestsPerConnection,
    frameworkErrors: sendUnrouted,
    clientErrorHandler: sendClientError,
    return503OnClosing: false,
  }).withTypeProvider<TypeBoxTypeProvider>()
  // What the routes send is checked against their schemas by the tests, not reshaped on its way.
  app.setSerializerCompiler(() => data => JSON.stringify(data))
  app.addSchema(ProblemSchema)
  if (parts.tracing !== undefined) await app.register(parts.tracing.plugin)
  await app.register(answerHeaders)
  await app.register(accessLog)
  await app.register(metrics, parts)
  await app.register(connections, limits)
  await app.register(streams, limits)
  await app.register(rateLimit, { perMinute: config.RATE_LIMIT_PER_MINUTE })
  await app.register(drain)
  await app.register(problems)
  await app.register(methods)
  await app.register(cors, { origin: config.CORS_ORIGINS === '*' ? '*' : splitList(config.CORS_ORIGINS), methods: ['GET', 'HEAD'], exposedHeaders, strictPreflight: false })
  await app.register(overload, limits)
  await app.register(validation)
  await app.register(services, parts)
  await app.register(authorization, { tokens: config.INGEST_TOKEN === undefined ? [] : splitList(config.INGEST_TOKEN), identity: parts.identity })
  await app.register(compression)
  await app.register(answers, { limitBytes: parseSize(config.ANSWER_CACHE_SIZE) })
  await app.register(streamed)
  await app.register(formats)
  await app.register(time)
  await app.register(openapi, { version: parts.version })
  await app.register(page)
  for (const routes of [smallholders, aggregates, changes, trends, reference, snapshots, ogc, upstream, ingest, service]) await app.register(routes)
  await app.register(eudr, limits)
  app.refuseOtherMethods()
  return app
}
