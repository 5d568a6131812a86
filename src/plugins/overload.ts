import underPressure from '@fastify/under-pressure'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { OshError } from '../errors.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** The `config` of a route that always answers, and counts against no limit. */
    alwaysAnswered: { rateLimit: false, pressureHandler: () => undefined }
  }
}

const retryAfterSeconds = 5
const sampleMs = 1000
// Three looks in a row are at two samples at least.
const looks = 3
const busyShare = 0.9

// One for all, so that a refusal costs no stack trace.
const overloaded = new OshError('OSH_OVERLOADED', 'The service has more to do than it can; try again shortly.', { retryAfterSeconds })

/**
 * Refuses requests while the event loop goes on being busy and late by so much on average, as measured once a second
 * at no cost for a request. Busy alone is no reason: at full throughput it is never idle and never late. Nor is having
 * been late once: so is a process that was frozen, as in a container that gets no processor time between requests.
 */
export default fp(async function overloadPlugin (app: FastifyInstance, { eventLoopDelayMs }: { eventLoopDelayMs: number }) {
  let late = 0
  let lookedAt = performance.now()
  let refused = 0
  await app.register(underPressure, {
    maxEventLoopDelay: eventLoopDelayMs,
    eventLoopUtilizationMode: 'interval',
    sampleInterval: sampleMs,
    pressureHandler: () => {
      if (late < looks) return
      refused++
      throw overloaded
    },
  })
  const look = () => {
    const { eventLoopDelay, eventLoopUtilized } = app.memoryUsage()
    const wasFrozen = performance.now() - lookedAt > 2 * sampleMs
    lookedAt = performance.now()
    late = !wasFrozen && eventLoopDelay > eventLoopDelayMs && eventLoopUtilized > busyShare ? late + 1 : 0
  }
  const timer = setInterval(look, sampleMs)
  timer.unref()
  app.addHook('onClose', async () => clearInterval(timer))
  app.decorate('alwaysAnswered', { rateLimit: false, pressureHandler: () => undefined })
  app.metrics.readCounters('osh_requests_refused_total', 'Requests refused because of overload, by reason: event_loop (too late), streams (too many at once)', 'reason', () => [['event_loop', refused], ['streams', app.streams.refused]])
}, { name: 'overload', dependencies: ['metrics', 'streams'] })
