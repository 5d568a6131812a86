import { pipeline, Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Encoding } from '../answers.js'
import { preferredEncoding, toOrigin, toView, type View } from './answers.js'
import { encodedTag, findKnownTag } from './caching.js'
import { makeEncoder } from './compression.js'
import { Question, type Basis, type Origin, type Settled } from './questions.js'

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Streams an answer from the snapshot that the request asks for, which is held until the last byte
     * is sent or the client has gone.
     */
    streamFrom (request: FastifyRequest, reply: FastifyReply, streamed: Streamed): Promise<FastifyReply>
  }
}

/** An answer whose reader decides how long it takes. */
export interface Streamed {
  /** The parameter `snapshot`, undefined for a route that has none; or another origin. */
  selector: Origin | string | undefined
  settled?: Settled
  /** It takes none of the places for long answers. */
  isShort?: boolean
  /** Text is compressed on its way where the client takes it so. */
  isText: boolean
  headers (view: View): Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>
  /** Begins the body; not called for a HEAD. An error is still a clean answer. */
  open (view: View): Promise<Body>
}

export interface Body {
  stream: Readable
  /** Where it is known before the end. */
  sizeBytes?: number
}

/** Gives answers that are streams. */
export default fp(async function streamedPlugin (app: FastifyInstance) {
  app.decorate('streamFrom', async (request: FastifyRequest, reply: FastifyReply, streamed: Streamed) => {
    const question = new Question(request, toOrigin(app, streamed.selector), streamed.settled)
    const stored = question.origin.peek()
    if (stored !== undefined && sendKnown(request, reply, question.on(stored))) return reply
    const lease = await question.origin.acquire()
    let leave = () => {}
    const release = () => {
      lease.release()
      leave()
    }
    try {
      const view = toView(question, lease)
      const encoding = streamed.isText ? preferredEncoding(request) : 'identity'
      const headers = { ...view.headers, ...await streamed.headers(view), etag: encodedTag(view.tag, encoding), ...(encoding !== 'identity' && { 'content-encoding': encoding }) }
      if (request.method === 'HEAD') {
        release()
        // Nothing is said of a length that only the work would tell.
        return await reply.headers(headers).send(Readable.from([]))
      }
      if (streamed.isShort !== true) leave = app.streams.enter()
      const { stream, sizeBytes } = await streamed.open(view)
      stream.once('close', release)
      // Who left while it was made is not noticed otherwise where the answer had to wait for another.
      if (request.raw.socket.destroyed) stream.destroy()
      if (sizeBytes !== undefined) reply.header('content-length', sizeBytes)
      return await reply.headers(headers).send(encode(stream, encoding))
    } catch (error) {
      release()
      throw error
    }
  })
}, { name: 'streamed', dependencies: ['services', 'answers', 'streams'] })

function sendKnown (request: FastifyRequest, reply: FastifyReply, { tag, headers }: Basis): boolean {
  const known = findKnownTag(request, tag)
  if (known === undefined) return false
  request.served = { cache: 'revalidated', rows: 0, queryMs: 0 }
  reply.code(304).headers(headers).header('etag', known).send()
  return true
}

function encode (stream: Readable, encoding: Encoding): Readable {
  if (encoding === 'identity') return stream
  // What goes wrong destroys both ends, which is all there is to do.
  return pipeline(stream, makeEncoder(encoding), () => {})
}
