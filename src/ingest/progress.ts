import { randomUUID } from 'node:crypto'
import type { IngestPhase, IngestReport } from '../../schemas/ingest.js'

/** A run under way: its report so far, and who wants to see it grow. */
export class RunProgress {
  readonly report: IngestReport
  readonly #onChange: (report: IngestReport) => void

  constructor (forced: boolean, onChange: (report: IngestReport) => void = () => {}) {
    this.#onChange = onChange
    this.report = {
      runId: randomUUID(),
      outcome: 'running',
      snapshot: null,
      date: null,
      rows: null,
      previousRows: null,
      rejects: [],
      rejectCount: 0,
      warnings: [],
      bytes: 0,
      startedAt: new Date().toISOString(),
      endedAt: null,
      phase: null,
      phases: [],
      forced,
      error: null,
    }
  }

  /** Adds to the report and tells who listens. */
  update (change: Partial<IngestReport>): void {
    Object.assign(this.report, change)
    this.#onChange(this.report)
  }

  /** Does one step of the run and notes how long it took. */
  async phase<T> (phase: IngestPhase, step: () => Promise<T>): Promise<T> {
    const startedAt = performance.now()
    this.update({ phase })
    try {
      return await step()
    } finally {
      this.report.phases.push({ phase, durationMs: Math.round(performance.now() - startedAt) })
    }
  }
}
