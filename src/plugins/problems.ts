import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import { finished } from 'node:stream'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { OshError, problems, type ProblemCode } from '../errors.js'
import { logAnswer } from './access-log.js'
import { securityHeaders, setAnswerHeaders } from './answer-headers.js'
import { countAnswer } from './metrics.js'
import { describeValidation } from './validation.js'

const mediaType = 'application/problem+json'
const lingerMs = 1000

/** What Fastify's own errors become. */
const fastifyCodes: Readonly<Record<string, ProblemCode>> = {
  FST_ERR_BAD_URL: 'OSH_BAD_REQUEST',
  FST_ERR_CTP_BODY_TOO_LARGE: 'OSH_PAYLOAD_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'OSH_UNSUPPORTED_MEDIA_TYPE',
  FST_ERR_MAX_PARAM_LENGTH: 'OSH_URI_TOO_LONG',
}

/** Answers every error of every route as `application/problem+json` (RFC 9457). */
export default fp(async function problemsPlugin (app: FastifyInstance) {
  app.setErrorHandler(async (error: FastifyError, request, reply) => await sendProblem(error, request, reply))
  app.setNotFoundHandler({ preHandler: app.limitUnrouted }, async request => {
    throw new OshError('OSH_ROUTE_NOT_FOUND', `${request.method} ${request.url.split('?')[0]?.slice(0, 200)} is no route of this service; see /docs for those that are.`)
  })
}, { name: 'problems', dependencies: ['rate-limit'] })

/** Answers what fails before it has a route, such as a malformed URL; no hook runs then. */
export async function sendUnrouted (error: Error, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  setAnswerHeaders(request, reply)
  finished(reply.raw, () => {
    logAnswer(request, reply)
    countAnswer(request, reply)
  })
  return await sendProblem(error, request, reply)
}

async function sendProblem (error: Error, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const known = toKnown(error)
  if (known.code === 'OSH_INTERNAL') request.log.error({ err: error }, known.title)
  // A refusal has its line as an answer, and its count; more would be work for a service that has too much.
  else if (known.status >= 500 && known.code !== 'OSH_OVERLOADED') request.log.warn({ code: known.code, cause: known.cause }, known.message)
  for (const name of ['etag', 'content-location', 'link']) reply.removeHeader(name)
  if (known.retryAfterSeconds !== undefined) reply.header('retry-after', known.retryAfterSeconds)
  if (known.status === 401) reply.header('www-authenticate', 'Bearer')
  return await reply.code(known.status).header('cache-control', 'no-store').type(mediaType).send(toProblem(known, request.id))
}

/** Answers what is no HTTP request at all. */
export function sendClientError (this: FastifyInstance, error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const code = clientErrorCodes[error.code ?? ''] ?? 'OSH_BAD_REQUEST'
  const { status, title } = problems[code]
  const id = randomUUID()
  this.metrics.countAnswer('none', undefined, status, 0, null)
  this.log.info({ reqId: id, method: null, route: null, status }, 'answered')
  const body = JSON.stringify(toProblem(new OshError(code, `${title}.`), id))
  const headers = { ...securityHeaders, 'x-request-id': id, 'content-type': mediaType, 'content-length': Buffer.byteLength(body), connection: 'close' }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${status} ${title.replace(/[^\x20-\x7e]/g, '')}\r\n${lines.join('')}\r\n${body}`)
  // Who does not close the other half would keep the connection for ever; closing at once could lose the answer.
  const timer = setTimeout(() => socket.destroy(), lingerMs)
  socket.once('close', () => clearTimeout(timer))
}

const clientErrorCodes: Readonly<Record<string, ProblemCode>> = {
  HPE_HEADER_OVERFLOW: 'OSH_HEADERS_TOO_LARGE',
  ERR_HTTP_REQUEST_TIMEOUT: 'OSH_REQUEST_TIMEOUT',
}

/** The error that a client is told of: one that the service knows, and nothing of the inside for others. */
function toKnown (error: Error & Partial<FastifyError>): OshError {
  if (error instanceof OshError) return error
  if (error.validation !== undefined) return describeValidation(error.validation, error.validationContext)
  const code = fastifyCodes[error.code ?? '']
  if (code !== undefined) return new OshError(code, `${problems[code].title}.`)
  const isClients = error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500
  if (isClients) return new OshError('OSH_BAD_REQUEST', error.message, { cause: error })
  return new OshError('OSH_INTERNAL', 'The service failed to answer; the log of this request says why.', { cause: error })
}

function toProblem (error: OshError, instance: string): Record<string, unknown> {
  return {
    type: `urn:osh-api:problem:${error.code}`,
    title: error.title,
    status: error.status,
    detail: error.message,
    instance,
    code: error.code,
    ...(error.errors && { errors: error.errors }),
    ...error.extensions,
  }
}
