import type { ServerResponse } from 'node:http'
import { finished } from 'node:stream'
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
  app.addHook('onRequest', async (_request, { raw }) => {
    answering.add(raw)
    finished(raw, () => {
      answering.delete(raw)
      drain()
    })
  })
  app.addHook('onSend', async (_request, reply) => {
    if (closing) reply.header('connection', 'close')
  })
  const close = () => {
    closing = true
    drain()
  }
  app.addHook('preClose', async () => close())
  // The server is closed by now, but has waited for the connections to its first address only.
  app.addHook('onClose', async () => {
    close()
    await whenDrained
  })
}, { name: 'drain' })
