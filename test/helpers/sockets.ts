import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Service, Test } from './service.js'

/** A connection to the service that the test ends with, whose errors are no failure of the test. */
export async function open (t: Test, { url }: Pick<Service, 'url'>): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  t.after(() => socket.destroy())
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

/** Sends a text byte by byte, again and again, until the service closes the connection; returns what it said. */
export async function drip (socket: Socket, text: string, pauseMs = 5): Promise<string> {
  const said: Buffer[] = []
  socket.on('data', chunk => said.push(chunk))
  let sent = 0
  const timer = setInterval(() => socket.write(text[sent++ % text.length] ?? ''), pauseMs)
  await closed(socket)
  clearInterval(timer)
  return Buffer.concat(said).toString()
}

/** Waits until the other side has closed. */
export async function closed (socket: Socket): Promise<void> {
  socket.resume()
  if (!socket.closed) await once(socket, 'close')
}

/** How many connections the server has. */
export async function countConnections ({ app }: Pick<Service, 'app'>): Promise<number> {
  return await new Promise((resolve, reject) => app.server.getConnections((error, count) => error ? reject(error) : resolve(count)))
}
