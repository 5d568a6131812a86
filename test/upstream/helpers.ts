import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { join } from 'node:path'
import type { Test } from 'tap'
import { startUpstream, type Upstream, type UpstreamSettings } from '../../demo/upstream.js'
import { OshError } from '../../src/errors.js'
import { fetchToFile, type Fetched, type UpstreamHooks, type UpstreamOptions } from '../../src/upstream/client.js'

export const records = Array.from({ length: 200 }, (_, index) => ({ entity_smallholder_id: index, name: `PLOT ${index}` }))

/** Starts an upstream that ends with the test. */
export async function openUpstream (t: Test, settings: Partial<UpstreamSettings> = {}): Promise<Upstream> {
  const upstream = await startUpstream({ records, ...settings })
  t.teardown(upstream.close)
  return upstream
}

/** Starts a server of the test's own and resolves with its origin. */
export async function listen (t: Test, answer: RequestListener, tls?: UpstreamSettings['tls']): Promise<string> {
  const server = tls === undefined ? createServer(answer) : createTlsServer(tls, answer)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server does not listen on a port')
  return `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${address.port}`
}

export interface Fetching {
  file: string
  /** How long the client would have waited before each further attempt. */
  delaysMs: number[]
  /** Settles like the client. */
  fetch: (options?: Partial<UpstreamOptions>, hooks?: UpstreamHooks) => Promise<Fetched>
  /** Resolves with the error, once it is an `OshError` and has left no file. */
  fail: (options?: Partial<UpstreamOptions>, hooks?: UpstreamHooks) => Promise<OshError>
}

/** Prepares fetches from `url` into a folder of the test, without real waits between attempts. */
export function prepareFetch (t: Test, url: string): Fetching {
  const file = join(t.testdir(), 'upstream.json')
  const delaysMs: number[] = []
  const sleep = async (delayMs: number) => { delaysMs.push(delayMs) }
  const fetch: Fetching['fetch'] = (options, hooks) =>
    fetchToFile(file, { url, timeoutMs: 20_000, maxBytes: 1_000_000, random: () => 0.5, sleep, ...options }, hooks)
  const fail: Fetching['fail'] = async (options, hooks) => {
    const error: unknown = await fetch(options, hooks).then(() => undefined, (reason: unknown) => reason)
    t.notOk(existsSync(file), 'no file is left')
    if (error instanceof OshError) return error
    throw new Error('The fetch should have failed with an OshError', { cause: error })
  }
  return { file, delaysMs, fetch, fail }
}
