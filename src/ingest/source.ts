import { stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { UpstreamOptions } from '../upstream/client.js'
import type { FetchAnswer } from './run.js'

/** Gets upstream's answer over the network. */
export function fetchFromUpstream (options: UpstreamOptions): FetchAnswer {
  return async (folder, onBytes, signal) => {
    const { fetchToFile } = await import('../upstream/client.js')
    const path = join(folder, 'upstream.json')
    const { startedAt, bytes } = await fetchToFile(path, options, { signal, onProgress: progress => onBytes(progress.bytes) })
    return { path, source: withoutCredentials(options.url), startedAt, bytes }
  }
}

/** Takes an answer that was saved before, fetched when the file was last changed, for the day `YYYYMMDD`. */
export function readSavedAnswer (file: string, day: string): FetchAnswer {
  return async (_folder, onBytes) => {
    const { size, mtime } = await stat(file)
    onBytes(size)
    return { path: file, source: `file ${basename(file)}`, startedAt: mtime, bytes: size, day }
  }
}

/** Host and path only: the rest may hold keys. */
function withoutCredentials (text: string): string {
  const { origin, pathname } = new URL(text)
  return `${origin}${pathname}`
}
