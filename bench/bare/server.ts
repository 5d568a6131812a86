import { once } from 'node:events'
import { createServer } from 'node:http'
import { doJobs } from '../helper.js'

/** An answer that is given to every request. */
export interface ServerJob {
  status: number
  /** Names and values in turn, as they are sent. */
  headers: readonly string[]
  body: string
}

/** The least that an HTTP server in Node has to do. Gives the origin where it listens. */
await doJobs<ServerJob, string>(async ({ status, headers, body }) => {
  const bytes = Buffer.from(body)
  const server = createServer((_request, response) => {
    response.writeHead(status, [...headers])
    response.end(status === 304 ? undefined : bytes)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the bare server does not listen on a port')
  return `http://127.0.0.1:${address.port}`
})
