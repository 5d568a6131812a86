import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { pino, type Logger } from 'pino'
import { startUpstream, type Upstream } from '../../demo/upstream.js'
import { buildApp } from '../../src/app.js'
import { readConfig } from '../../src/config.js'
import { usualLimits, type Limits } from '../../src/limits.js'
import { openServices, type Services } from '../../src/services.js'
import { checkResponses } from './responses.js'

export const token = 'a-token-for-the-tests'

/** What a test needs of `t`. */
export interface Test {
  after (end: () => unknown): void
}

export interface Answer {
  status: number
  headers: Headers
  text: string
  /** The body as JSON; undefined where it is none. */
  json: any // eslint-disable-line @typescript-eslint/no-explicit-any -- tests look into bodies of every shape
}

export interface Service {
  url: string
  app: FastifyInstance
  parts: Services
  upstream: Upstream
  /** The folder with everything that the service writes; the store is `snapshots` in it. */
  folder: string
  get (path: string, init?: RequestInit): Promise<Answer>
  ingest (query?: string, init?: RequestInit): Promise<Answer>
  close (): Promise<void>
}

export interface ServiceSettings {
  records?: readonly unknown[]
  environment?: Record<string, string | undefined>
  /** Another service's folder, to start on what it left. */
  folder?: string
  log?: Logger
  certificatesUrl?: string
  /** Limits other than the usual ones. */
  limits?: Partial<Limits>
}

// The test itself keeps the event loop busy that it shares with the service.
const patience = { eventLoopDelayMs: 0 }

/** A folder of the test's own, removed after it. */
export async function makeFolder (t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'osh-test-'))
  // A look into the store that was under way when the service closed may still write into its cache.
  t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }))
  return folder
}

/**
 * The service on a loopback port over a simulated upstream that serves `records`, with
 * every answer checked against its route's declared schema. Nothing is ingested yet.
 */
export async function startService (t: Test, { records = [], environment = {}, folder, log = pino({ level: 'silent' }), certificatesUrl, limits = {} }: ServiceSettings = {}): Promise<Service> {
  const home = folder ?? await makeFolder(t)
  const upstream = await startUpstream({ records })
  const config = readConfig({
    SNAPSHOT_STORE: `file:${join(home, 'snapshots')}`,
    SNAPSHOT_CACHE_DIR: join(home, 'cache'),
    UPSTREAM_URL: upstream.url,
    INGEST_TOKEN: token,
    INGEST_ON_START: 'never',
    RATE_LIMIT_PER_MINUTE: '0',
    ...environment,
  })
  const parts = await openServices(config, log, { ...(certificatesUrl !== undefined && { certificatesUrl }) })
  const app = await buildApp(config, parts, log, { ...usualLimits, ...patience, ...limits })
  checkResponses(app)
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  parts.history.start()
  await parts.catalog.start()
  let closed = false
  const close = async () => {
    if (closed) return
    closed = true
    await app.close()
    await parts.close()
    await upstream.close()
  }
  t.after(close)
  const get = async (path: string, init?: RequestInit) => await read(await fetch(`${url}${path}`, init))
  const ingest = async (query = '', init: RequestInit = {}) =>
    await get(`/ingest${query}`, { method: 'POST', ...init, headers: { authorization: `Bearer ${token}`, ...init.headers } })
  return { url, app, parts, upstream, folder: home, get, ingest, close }
}

async function read (response: Response): Promise<Answer> {
  const text = await response.text()
  const isJson = /\bjson\b/.test(response.headers.get('content-type') ?? '') && text !== ''
  return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined }
}
