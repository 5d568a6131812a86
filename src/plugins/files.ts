import { randomUUID } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { OshError } from '../errors.js'
import { parseRanges, type Span } from './ranges.js'

/** A file that is served in whole or by range (RFC 9110). */
export interface RangedFile {
  sizeBytes: number
  contentType: string
  /** The strong `ETag` of its bytes. */
  tag: string
  /** Open; it is closed when the answer has ended in any way. */
  handle: FileHandle
}

const pieceBytes = 65_536
const lineEnd = '\r\n'

/** Sends a file: all of it, the range that is asked for, or several as `multipart/byteranges`. */
export async function sendFile (request: FastifyRequest, reply: FastifyReply, file: RangedFile): Promise<FastifyReply> {
  const { sizeBytes, contentType, handle } = file
  const close = () => { handle.close().catch(() => undefined) }
  try {
    const spans = spansOf(request, reply, file)
    const [span = { start: 0, end: sizeBytes - 1 }, ...others] = spans ?? []
    const body = spans !== undefined && others.length > 0 ? toParts(file, spans) : { type: contentType, length: lengthOf(span), pieces: readSpan(handle, span) }
    if (spans !== undefined) reply.code(206)
    if (spans?.length === 1) reply.header('content-range', contentRange(span, sizeBytes))
    const stream = Readable.from(body.pieces, { objectMode: false }).once('close', close)
    // Who has left already is not noticed otherwise.
    if (request.raw.socket.destroyed) stream.destroy()
    return await reply.headers({ 'content-type': body.type, 'content-length': body.length }).send(stream)
  } catch (error) {
    close()
    throw error
  }
}

/** What is asked for; undefined is all of it. Throws `OSH_RANGE_NOT_SATISFIABLE`. */
function spansOf ({ headers }: FastifyRequest, reply: FastifyReply, { sizeBytes, tag }: RangedFile): Span[] | undefined {
  const { range, 'if-range': condition } = headers
  // A date does not tell two files of the same second apart, so that only a tag ever matches.
  if (range === undefined || (condition !== undefined && condition !== tag)) return undefined
  const spans = parseRanges(range, sizeBytes)
  if (spans === undefined || spans.length > 0) return spans
  reply.header('content-range', `bytes */${sizeBytes}`)
  throw new OshError('OSH_RANGE_NOT_SATISFIABLE', `The file has ${sizeBytes} bytes; ask for a range within.`)
}

function toParts ({ sizeBytes, contentType, handle }: RangedFile, spans: readonly Span[]) {
  const boundary = randomUUID()
  const parts = spans.map(span => ({ span, head: [`--${boundary}`, `Content-Type: ${contentType}`, `Content-Range: ${contentRange(span, sizeBytes)}`, '', ''].join(lineEnd) }))
  const end = `--${boundary}--${lineEnd}`
  const read = async function * () {
    for (const { span, head } of parts) {
      yield Buffer.from(head)
      yield * readSpan(handle, span)
      yield Buffer.from(lineEnd)
    }
    yield Buffer.from(end)
  }
  const length = parts.reduce((sum, { span, head }) => sum + head.length + lengthOf(span) + lineEnd.length, end.length)
  return { type: `multipart/byteranges; boundary=${boundary}`, length, pieces: read() }
}

async function * readSpan (handle: FileHandle, { start, end }: Span): AsyncGenerator<Buffer> {
  for (let position = start; position <= end;) {
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.allocUnsafe(Math.min(pieceBytes, end - position + 1)), position })
    if (bytesRead === 0) throw new Error('a file is shorter than it was')
    yield buffer.subarray(0, bytesRead)
    position += bytesRead
  }
}

function contentRange ({ start, end }: Span, sizeBytes: number): string {
  return `bytes ${start}-${end}/${sizeBytes}`
}

function lengthOf ({ start, end }: Span): number {
  return end - start + 1
}
