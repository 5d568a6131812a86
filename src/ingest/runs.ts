import type { Logger } from 'pino'
import type { IngestReport } from '../../schemas/ingest.js'
import { unlessAborted } from '../abort.js'
import { OshError } from '../errors.js'
import { idOf } from '../snapshots/store.js'
import { RunProgress } from './progress.js'
import type { IngestOptions } from './run.js'

export interface Run {
  report: IngestReport
  /** Resolves when the run has ended, with the error that ended it, if any; never rejects. */
  ended: Promise<OshError | undefined>
}

/** How many runs ended so, and the seconds that they took together. */
export interface RunCount {
  runs: number
  seconds: number
}

type Outcome = Exclude<IngestReport['outcome'], 'running'>

const runsKept = 50
const reasonLength = 500
const retryAfterSeconds = 5

/** The ingest runs of this process: one at a time, the latest of them remembered. */
export class IngestRuns {
  readonly #options: IngestOptions
  readonly #log: Pick<Logger, 'info' | 'warn' | 'error'>
  readonly #onChange: ((report: IngestReport) => void) | undefined
  readonly #shutdown = new AbortController()
  readonly #giveUp = new AbortController()
  readonly #counts: Record<Outcome, RunCount> = { published: none(), unchanged: none(), superseded: none(), refused: none(), failed: none(), unknown: none() }
  #runs: Run[] = []
  #current: Run | undefined

  constructor (options: IngestOptions, log: Pick<Logger, 'info' | 'warn' | 'error'>, onChange?: (report: IngestReport) => void) {
    this.#options = options
    this.#log = log
    this.#onChange = onChange
  }

  /** What became of the runs so far. */
  get counts (): Readonly<Record<Outcome, RunCount>> { return this.#counts }

  get isRunning (): boolean { return this.#current !== undefined }

  /** The latest runs, newest first. */
  list (): IngestReport[] {
    return this.#runs.map(run => run.report)
  }

  /** The report of a run; throws `OSH_RUN_NOT_FOUND`. */
  find (runId: string): IngestReport {
    const run = this.#runs.find(({ report }) => report.runId === runId)
    if (run === undefined) throw new OshError('OSH_RUN_NOT_FOUND', 'This process remembers no such run; GET /ingest/runs lists those that it does.')
    return run.report
  }

  /** Starts a run, or joins the one under way. Throws `OSH_INGEST_CONFLICT` where that one is not forced and this one is to be. */
  start (force: boolean): Run {
    if (this.#shutdown.signal.aborted) throw new OshError('OSH_SHUTTING_DOWN', 'The service is shutting down.', { retryAfterSeconds })
    if (this.#current !== undefined) {
      if (force && !this.#current.report.forced) {
        throw new OshError('OSH_INGEST_CONFLICT', `Run ${this.#current.report.runId} is under way without force; call again when it has ended.`, { extensions: { runId: this.#current.report.runId } })
      }
      return this.#current
    }
    const progress = new RunProgress(force, this.#onChange)
    const run: Run = { report: progress.report, ended: this.#run(progress, force).finally(() => this.#end(progress.report)) }
    this.#current = run
    this.#runs = [run, ...this.#runs].slice(0, runsKept)
    return run
  }

  /** Aborts the run under way and waits for its end, until `patience` aborts; later ones are refused. */
  async stop (patience?: AbortSignal): Promise<void> {
    this.#shutdown.abort(new OshError('OSH_SHUTTING_DOWN', 'The run was aborted because the service is shutting down.', { retryAfterSeconds }))
    patience?.addEventListener('abort', () => this.#giveUp.abort(this.#explainGivingUp()), { once: true })
    await this.#current?.ended
  }

  #explainGivingUp (): unknown {
    if (this.#current?.report.phase !== 'publish') return this.#shutdown.signal.reason
    return new OshError('OSH_PUBLISH_UNKNOWN', 'The service shut down before the store had said whether the snapshot was published; GET /snapshots tells.')
  }

  #end ({ outcome, startedAt, endedAt }: IngestReport): void {
    this.#current = undefined
    if (outcome === 'running' || endedAt === null) return
    const count = this.#counts[outcome]
    count.runs++
    // Clocks may be set back.
    count.seconds += Math.max(0, Date.parse(endedAt) - Date.parse(startedAt)) / 1000
  }

  async #run (progress: RunProgress, force: boolean): Promise<OshError | undefined> {
    const { runId } = progress.report
    this.#log.info({ runId, force }, 'an ingest run begins')
    try {
      // Not with this module: what reads upstream's answer would hold up the start.
      const { ingest } = await import('./run.js')
      const { outcome, stored } = await unlessAborted(ingest(progress, this.#options, force, this.#shutdown.signal), this.#giveUp.signal)
      progress.update({ outcome, snapshot: idOf(stored), endedAt: new Date().toISOString(), phase: null })
    } catch (error) {
      const known = toKnown(error, this.#shutdown.signal)
      progress.update({ outcome: outcomeOf(known), endedAt: new Date().toISOString(), phase: null, error: { code: known.code, detail: known.message } })
      this.#log.error({ err: error, runId, outcome: progress.report.outcome }, 'an ingest run published nothing')
      return known
    }
    const { outcome, snapshot, rows, warnings } = progress.report
    this.#log.info({ runId, outcome, snapshot, rows, warnings }, 'an ingest run ends')
    return undefined
  }
}

const none = (): RunCount => ({ runs: 0, seconds: 0 })

function outcomeOf ({ code }: OshError): IngestReport['outcome'] {
  if (code === 'OSH_UPSTREAM_SUSPICIOUS') return 'refused'
  return code === 'OSH_PUBLISH_UNKNOWN' ? 'unknown' : 'failed'
}

function toKnown (error: unknown, shutdown: AbortSignal): OshError {
  const isUnknown = error instanceof OshError && error.code === 'OSH_PUBLISH_UNKNOWN'
  if (!isUnknown && shutdown.aborted && shutdown.reason instanceof OshError) return shutdown.reason
  if (error instanceof OshError) return error
  const reason = error instanceof Error && 'code' in error && typeof error.code === 'string' ? `: ${error.code}` : ''
  const detail = error instanceof Error && /no space left|ENOSPC/i.test(error.message) ? ': the disk is full' : reason
  return new OshError('OSH_STORE_FAILED', `The snapshot could not be written${detail}; nothing was published, and the log says more.`.slice(0, reasonLength), { cause: error })
}
