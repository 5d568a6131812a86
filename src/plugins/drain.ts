import type { ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'

/**
 * Lets a close finish what is being answered and then wait for nothing else: neither for
 * connections without a request, which may stay open for ever, nor for half a request.
 */
export default fp(async function drainPlugin (app: FastifyInstance) {
  const answering = new Set<ServerResponse>()
  let closing = false
  let drained = () => {}
  const whenDrained = new Promise<void>(resolve => { drained = resolve })
  const drain = () => {
    if (!closing || answering.size > 0) return
    app.server.closeAllConnections()
    drained()
  }
  app.server.on('connection', drain)
  // The same for every answer, and no stream's `finished`: both would take as long as all else that an answer from memory takes.
  const end = function (this: ServerResponse) {
    answering.delete(this)
    drain()
  }
  app.addHook('onRequest', (_request, { raw }, done) => {
    answering.add(raw)
    raw.once('close', end)
    if (closing) raw.setHeader('connection', 'close')
    done()
  })
  const close = () => {
    closing = true
    for (const raw of answering) if (!raw.headersSent) raw.setHeader('connection', 'close')
    drain()
  }
  app.addHook('preClose', async () => close())
  // The server is closed by now, but has waited for the connections to its first address only.
  app.addHook('onClose', async () => {
    close()
    await whenDrained
  })
}, { name: 'drain' })
