import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeRegister, nextDay } from '../demo/register.js'
import { formatEnvelope, startUpstream, type Upstream } from '../demo/upstream.js'
import type { IngestReport } from '../schemas/ingest.js'
import { startBareEngine, type BareEngine } from './bare/bare-engine.js'
import { startDriver, type Driver } from './load/load.js'
import { startService, type ServiceProcess, type ServiceSettings } from './service.js'

/** A store with one snapshot of so many rows, and what upstream would send on that day and the next. */
export interface Prepared {
  rows: number
  store: string
  /** The snapshot. */
  file: string
  /** Upstream's answers, as files. */
  body: string
  nextBody: string
}

export const registerRows = 47_500
const token = 'a-token-for-the-bench'

/** What all cases share: a folder, a simulated upstream, the process that asks, and stores that the built service filled. */
export class Stage {
  readonly driver: Driver = startDriver()
  readonly #stops = new Set<() => Promise<void>>([() => this.driver.stop()])
  readonly #prepared = new Map<number, Promise<Prepared>>()
  #names = 0

  private constructor (readonly folder: string, readonly upstream: Upstream, readonly seconds: number) {
    this.#stops.add(() => upstream.close())
  }

  /** `seconds`: the length of a round. */
  static async open (seconds: number): Promise<Stage> {
    return new Stage(await mkdtemp(join(tmpdir(), 'osh-bench-')), await startUpstream({ records: [] }), seconds)
  }

  /** Ends every process of the bench and removes its folder. */
  async close (): Promise<void> {
    await Promise.all([...this.#stops].map(stop => stop()))
    await rm(this.folder, { recursive: true, force: true })
  }

  /** A path in the folder that nothing has yet. */
  name (base: string): string {
    return join(this.folder, `${++this.#names}-${base}`)
  }

  /** Starts the built service over a store, quiet and without rate limit unless told otherwise. */
  async serve (store: string, { environment = {}, ...settings }: Partial<ServiceSettings> = {}): Promise<ServiceProcess> {
    const service = await startService({
      environment: {
        SNAPSHOT_STORE: `file:${store}`,
        SNAPSHOT_CACHE_DIR: this.name('cache'),
        UPSTREAM_URL: this.upstream.url,
        INGEST_TOKEN: token,
        INGEST_ON_START: 'never',
        LOG_LEVEL: 'warn',
        RATE_LIMIT_PER_MINUTE: '0',
        ...environment,
      },
      ...settings,
    })
    return this.keep(service)
  }

  /** An engine without the service; `file` is the snapshot that it loads. */
  async startEngine (file?: string): Promise<BareEngine> {
    const engine = this.keep(startBareEngine())
    if (file !== undefined) await engine.ask({ kind: 'load', file })
    return engine
  }

  /** Keeps something that has to be stopped. */
  keep<T extends { stop: () => Promise<void> }> (kept: T): T {
    this.#stops.add(() => kept.stop())
    return kept
  }

  /** Lets upstream send what is in the file. */
  async send (body: string): Promise<void> {
    this.upstream.setBody(await readFile(body))
  }

  /** Lets the service fetch what upstream sends, and takes care that it published it. */
  async ingest (service: ServiceProcess): Promise<IngestReport> {
    const answer = await fetch(`${service.origin}/ingest`, { method: 'POST', headers: { authorization: `Bearer ${token}` } })
    const report: IngestReport = JSON.parse(await answer.text())
    if (report.outcome !== 'published') throw new Error(`an ingest was ${report.outcome} (${answer.status}): ${report.error?.detail}`)
    return report
  }

  /** The store with a register of so many rows; made once. */
  async prepare (rows = registerRows): Promise<Prepared> {
    const prepared = this.#prepared.get(rows) ?? this.#prepare(rows)
    this.#prepared.set(rows, prepared)
    return await prepared
  }

  /** A copy of the store, to be written to. */
  async copyStore ({ store }: Prepared): Promise<string> {
    const copy = this.name('store')
    await cp(store, copy, { recursive: true })
    return copy
  }

  async #prepare (rows: number): Promise<Prepared> {
    const [store, body, nextBody] = [this.name('store'), this.name('body.json'), this.name('next-body.json')]
    await mkdir(store)
    const register = makeRegister({ size: rows })
    await writeFile(body, formatEnvelope(register))
    await writeFile(nextBody, formatEnvelope(nextDay(register, { date: '2026-01-02' })))
    const service = await this.serve(store, { awaits: '/health' })
    await this.send(body)
    await this.ingest(service)
    await service.stop()
    return { rows, store, file: await findSnapshot(store), body, nextBody }
  }
}

async function findSnapshot (store: string): Promise<string> {
  const day = (await readdir(store)).find(name => /^\d{8}$/.test(name))
  if (day === undefined) throw new Error('the service published no snapshot')
  return join(store, day, 'all-smallholder.parquet')
}
