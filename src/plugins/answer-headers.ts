import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'

const saneId = /^[\w.:-]{1,128}$/

/** The client's `X-Request-Id` where it can do no harm in a log or a header, else a new one. */
export function chooseRequestId ({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const given = headers['x-request-id']
  return typeof given === 'string' && saneId.test(given) ? given : randomUUID()
}

/** Constant, so that a request costs no work; what serves HTML says something else. */
export const securityHeaders = {
  // What we call JSON is not to be run as a script or shown as a page.
  'x-content-type-options': 'nosniff',
  // Should a browser show an answer after all, it loads nothing and stands in no frame.
  'content-security-policy': 'default-src \'none\'; frame-ancestors \'none\'',
  // A URL may name a person, and nobody whom a page links to needs it.
  'referrer-policy': 'no-referrer',
  // A public API: pages of any origin may embed what CORS lets them read.
  'cross-origin-resource-policy': 'cross-origin',
} as const

/** Sets what every answer bears, whatever its route. */
export function setAnswerHeaders (request: FastifyRequest, reply: FastifyReply): void {
  reply.headers(securityHeaders).header('x-request-id', request.id)
}

/** Gives every answer the id of its request and the headers that keep browsers from misusing it. */
export default fp(async function answerHeadersPlugin (app: FastifyInstance) {
  app.addHook('onRequest', (request, reply, done) => {
    setAnswerHeaders(request, reply)
    done()
  })
}, { name: 'answer-headers' })
