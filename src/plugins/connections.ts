import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'

export interface ConnectionLimits {
  /** Connections at once; one more is closed at once. */
  connections: number
  /** How often readers are looked at. */
  readerCheckMs: number
  /** What a reader for whom bytes wait has to take between two looks. */
  readerBytes: number
}

/**
 * Cuts off connections whose readers make no real progress. Node has limits for those who send slowly,
 * but none for those who read slowly; a look at every connection now and then costs a request nothing.
 */
export default fp(async function connectionsPlugin (app: FastifyInstance, { connections, readerCheckMs, readerBytes }: ConnectionLimits) {
  /** What had been taken at the last look, where more was waiting. */
  const open = new Map<Socket, number | undefined>()
  const ends = { refused: 0, cut: 0 }
  app.server.maxConnections = connections
  app.server.on('drop', () => { ends.refused++ })
  app.server.on('connection', (socket: Socket) => {
    open.set(socket, undefined)
    socket.once('close', () => open.delete(socket))
  })

  const look = () => {
    for (const [socket, before] of open) {
      const taken = socket.bytesWritten - socket.writableLength
      const waits = socket.writableLength > 0
      if (waits && before !== undefined && taken - before < readerBytes) {
        ends.cut++
        socket.destroy()
      } else {
        open.set(socket, waits ? taken : undefined)
      }
    }
  }
  const timer = setInterval(look, readerCheckMs)
  timer.unref()
  app.addHook('onClose', async () => clearInterval(timer))

  const waiting = new WeakMap<Socket, Set<ServerResponse>>()
  app.addHook('onRequest', ({ raw: { socket } }, { raw: response }, done) => {
    if (response.socket === null) endWithConnection(response, socket, waiting)
    done()
  })

  app.metrics.readGauge('osh_connections', 'Connections that are open', () => open.size)
  app.metrics.readCounters('osh_connections_ended_total', 'Connections ended by the service: refused (too many), cut (the reader was too slow)', 'reason', () => Object.entries(ends))
}, { name: 'connections', dependencies: ['metrics'] })

/**
 * Closes a response with its connection. Node does not where it still waits behind another of a client that sends
 * requests without waiting for answers, so that what it holds would be held for ever.
 */
function endWithConnection (response: ServerResponse, socket: Socket, waiting: WeakMap<Socket, Set<ServerResponse>>): void {
  const known = waiting.get(socket)
  const responses = known ?? new Set<ServerResponse>()
  responses.add(response)
  response.once('close', () => responses.delete(response))
  if (known !== undefined) return
  waiting.set(socket, responses)
  socket.once('close', () => {
    for (const response of responses) {
      response.destroy()
      response.emit('close')
    }
  })
}
