import { once } from 'node:events'

/** What the work comes to, or a rejection with the signal's reason if that aborts first; the work itself goes on. */
export async function unlessAborted<T> (work: Promise<T>, signal: AbortSignal): Promise<T> {
  const ended = new AbortController()
  const aborted = signal.aborted ? Promise.resolve() : once(signal, 'abort', { signal: ended.signal })
  try {
    return await Promise.race([work, aborted.then(() => { throw signal.reason })])
  } finally {
    ended.abort()
  }
}
