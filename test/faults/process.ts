import type { ChildProcess } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import type { IngestReport } from '../../schemas/ingest.js'
import { startCommand, type Ended } from '../helpers/command.js'
import { makeFolder, token, type Answer, type Test } from '../helpers/service.js'

/** The service in a process of its own. */
export interface ServiceProcess {
  url: string
  /** The folder with its cache, for the next process to start on. */
  home: string
  get (path: string, init?: RequestInit): Promise<Answer>
  /** Runs an ingest to its end; a failed run has a report too. */
  ingest (): Promise<IngestReport>
  /** All that it logged so far. */
  log (): string
  isAlive (): boolean
  kill (): Promise<void>
}

export interface ProcessSettings {
  /** Address of the storage API. */
  gcs: string
  /** Address of upstream. */
  upstream?: string
  home?: string
  environment?: Record<string, string>
}

// A test that is ended leaves no process behind.
const running = new Set<ChildProcess>()
process.once('exit', () => running.forEach(child => child.kill('SIGKILL')))

const listening = /Server listening at (http:[^"]+)"/
// Only where a process hangs for good is that so long.
const patienceMs = 90_000

/** Starts the service from source over a bucket, with a cache of its own, and waits until it listens. */
export async function startProcess (t: Test, { gcs, upstream, home, environment = {} }: ProcessSettings): Promise<ServiceProcess> {
  const folder = home ?? await makeFolder(t)
  const child = startCommand('src/server.ts', [], {
    PORT: '0',
    SNAPSHOT_STORE: 'gs://bucket/snapshots',
    GCS_ENDPOINT: gcs,
    SNAPSHOT_CACHE_DIR: `${folder}/cache`,
    SNAPSHOT_REFRESH_SECONDS: '0.25',
    RATE_LIMIT_PER_MINUTE: '0',
    UPSTREAM_URL: upstream ?? 'http://127.0.0.1:9',
    INGEST_TOKEN: token,
    INGEST_ON_START: 'never',
    INGEST_MAX_SHRINK: '1',
    DUCKDB_THREADS: '1',
    ...environment,
  })
  let log = ''
  child.stdout?.on('data', chunk => { log += String(chunk) })
  let ended: Ended | undefined
  child.ended.then(result => { ended = result }, () => undefined)
  const kill = async () => {
    child.kill('SIGKILL')
    await child.ended
    running.delete(child)
  }
  running.add(child)
  t.after(kill)
  await until(() => listening.test(log) || ended !== undefined)
  const url = listening.exec(log)?.[1]
  if (url === undefined) throw new Error(`the service ended: ${ended?.stderr}${ended?.stdout}`)
  const get = (path: string, init?: RequestInit) => ask(`${url}${path}`, init)
  const ingest = async () => {
    const { json } = await get('/ingest', { method: 'POST', headers: { authorization: `Bearer ${token}` } })
    return json.report ?? json
  }
  return { url, home: folder, get, ingest, log: () => log, isAlive: () => ended === undefined, kill }
}

/** Waits until something is so; looks often at first, and less so what takes long. */
export async function until (isSo: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + patienceMs
  for (let pauseMs = 10; !await isSo(); pauseMs = Math.min(pauseMs * 1.3, 150)) {
    if (Date.now() > end) throw new Error(`waited in vain: ${isSo}`)
    await delay(pauseMs)
  }
}

async function ask (url: string, init?: RequestInit): Promise<Answer> {
  const response = await fetch(url, init)
  const text = await response.text()
  const isJson = /\bjson\b/.test(response.headers.get('content-type') ?? '') && text !== ''
  return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined }
}
