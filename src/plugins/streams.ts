import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { OshError } from '../errors.js'

declare module 'fastify' {
  interface FastifyInstance {
    streams: Streams
  }
}

const retryAfterSeconds = 10
// A slow reader's progress is seen in pieces of this size.
const pieceBytes = 65_536

/** The long answers under way, whose readers decide how long they take: only so many at once. */
export class Streams {
  readonly #limit: number
  #running = 0
  #refused = 0

  constructor (limit: number) {
    this.#limit = limit
  }

  get running (): number { return this.#running }

  get refused (): number { return this.#refused }

  /** Takes one of the places and returns how to give it back; throws `OSH_OVERLOADED` where there is none. */
  enter (): () => void {
    if (this.#running >= this.#limit) {
      this.#refused++
      throw new OshError('OSH_OVERLOADED', `${this.#limit} whole registers are being read already; read it page by page, or try again shortly.`, { retryAfterSeconds })
    }
    this.#running++
    let left = false
    return () => {
      if (!left) this.#running--
      left = true
    }
  }
}

/**
 * A body of text, made as its reader takes it. What comes between head and tail has begun before
 * the answer does, so that an early failure is a clean error.
 */
export async function openText (head: string, between: AsyncGenerator<Buffer>, tail: string): Promise<Readable> {
  const first = await between.next()
  const begin = first.done === true ? [] : [first.value]
  return Readable.from(cut(frame(Buffer.concat([Buffer.from(head), ...begin]), between, Buffer.from(tail))), { objectMode: false, highWaterMark: pieceBytes })
}

async function * frame (begin: Buffer, between: AsyncIterable<Buffer>, end: Buffer): AsyncGenerator<Buffer> {
  yield begin
  yield * between
  yield end
}

async function * cut (texts: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const bytes of texts) {
    for (let begin = 0; begin < bytes.length; begin += pieceBytes) yield bytes.subarray(begin, begin + pieceBytes)
  }
}

/** Bounds the answers that are streams. */
export default fp(async function streamsPlugin (app: FastifyInstance, { streams }: { streams: number }) {
  app.decorate('streams', new Streams(streams))
  app.metrics.readGauge('osh_streams_running', 'Long answers under way, such as the whole register', () => app.streams.running)
}, { name: 'streams', dependencies: ['metrics'] })
