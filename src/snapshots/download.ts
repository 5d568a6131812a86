import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { Checksum, type Expected } from './checksum.js'

export interface DownloadLimits {
  /** No byte for so long ends it. */
  stallMs: number
  /** So long in all ends it. */
  totalMs: number
}

/** Thrown where a download took too long. */
export class StalledError extends Error {
  override readonly name = 'StalledError'
}

/**
 * Writes what the source sends to a file, flushed, and checks it. A source may neither end
 * nor fail when its connection breaks, so time ends it, through the signal.
 */
export async function download (open: (signal: AbortSignal) => AsyncIterable<Buffer>, target: string, expected: Expected, { stallMs, totalMs }: DownloadLimits): Promise<void> {
  const aborter = new AbortController()
  const abortAfter = (ms: number, what: string) => setTimeout(() => aborter.abort(new StalledError(`${what} for ${ms} ms`)), ms)
  const total = abortAfter(totalMs, 'the download went on')
  const stall = abortAfter(stallMs, 'no byte came')
  const checksum = new Checksum()
  try {
    await pipeline(async function * () {
      for await (const chunk of open(aborter.signal)) {
        stall.refresh()
        checksum.update(chunk)
        yield chunk
      }
    }, createWriteStream(target, { flush: true }), { signal: aborter.signal })
  } catch (error) {
    throw aborter.signal.aborted ? aborter.signal.reason : error
  } finally {
    clearTimeout(total)
    clearTimeout(stall)
  }
  checksum.assert(expected)
}
