import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'

/** Milliseconds as precise as they are worth reading. */
export function tenths (milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10
}

/** One line a request, with the route but not what was asked: queries may hold names of people. */
export function logAnswer ({ log, method, routeOptions, served }: FastifyRequest, reply: FastifyReply): void {
  log.info({ method, route: routeOptions.url ?? null, status: reply.statusCode, durationMs: tenths(reply.elapsedTime), ...served }, 'answered')
}

const levelsWithAnswers: ReadonlySet<string> = new Set(['trace', 'debug', 'info'])

/** Logs every answer, once it is sent or its reader has gone, unless the level is above `info`. */
export default fp(async function accessLogPlugin (app: FastifyInstance) {
  if (!levelsWithAnswers.has(app.log.level)) return
  app.addHook('onResponse', (request, reply, done) => {
    logAnswer(request, reply)
    done()
  })
}, { name: 'access-log' })
