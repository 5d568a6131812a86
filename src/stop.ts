import type { FastifyInstance } from 'fastify'
import type { Services } from './services.js'

// Of the time that a stop may take: when an ingest is given up, and when answers are cut off. The rest is for cleaning up.
const ingestShare = 0.7
const answersShare = 0.8

/**
 * Stops the service within `limitMs`: accepts no more connections, aborts an ingest, finishes
 * what is being answered, and removes its files. Returns false where something had to be cut off.
 */
export async function stop (app: FastifyInstance, parts: Services, limitMs: number): Promise<boolean> {
  const patience = new AbortController()
  const inTime = await Promise.all([
    endsWithin(parts.stop(patience.signal), limitMs * ingestShare, () => patience.abort()),
    endsWithin(app.close(), limitMs * answersShare, () => app.server.closeAllConnections()),
  ])
  await parts.close()
  return !inTime.includes(false)
}

/** Waits for the work to end; false where that took `cut`. */
async function endsWithin (work: Promise<unknown>, ms: number, cut: () => void): Promise<boolean> {
  let isInTime = true
  const timer = setTimeout(() => {
    isInTime = false
    cut()
  }, ms)
  await work.finally(() => clearTimeout(timer))
  return isInTime
}
