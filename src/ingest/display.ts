import { SingleBar, Presets } from 'cli-progress'
import { ingestPhases, type IngestReport } from '../../schemas/ingest.js'

/** Shows a run to somebody at a terminal, or line by line to a log. */
export interface Display {
  show (report: IngestReport): void
  end (): void
}

/** A bar on a terminal, a line for each phase elsewhere. */
export function openDisplay (stream: NodeJS.WriteStream): Display {
  return stream.isTTY ? openBar(stream) : openLines(stream)
}

function openBar (stream: NodeJS.WriteStream): Display {
  const bar = new SingleBar({ stream, format: '{bar} {phase} | {megabytes} MB | {rows} rows', hideCursor: true }, Presets.shades_classic)
  bar.start(ingestPhases.length, 0, payload())
  return {
    show: report => bar.update(report.outcome === 'running' ? report.phases.length : ingestPhases.length, payload(report)),
    end: () => bar.stop(),
  }
}

function openLines (stream: NodeJS.WriteStream): Display {
  let phase: string | null = null
  return {
    show: report => {
      if (report.phase === null || report.phase === phase) return
      phase = report.phase
      const { megabytes, rows } = payload(report)
      stream.write(`${phase.padEnd(8)} ${megabytes} MB, ${rows} rows\n`)
    },
    end: () => {},
  }
}

function payload (report?: IngestReport): { phase: string, megabytes: string, rows: number } {
  return { phase: (report?.phase ?? '').padEnd(8), megabytes: ((report?.bytes ?? 0) / 1e6).toFixed(1), rows: report?.rows ?? 0 }
}

/** What a run did, in one sentence, with its warnings below. */
export function summarize ({ outcome, snapshot, rows, previousRows, error, warnings }: IngestReport): string {
  const lines = [error === null
    ? `${outcome} ${snapshot}: ${rows} rows${previousRows === null ? '' : ` (${previousRows} before)`}`
    : `${outcome}: ${error.detail}`]
  return [...lines, ...warnings.map(warning => `warning: ${warning}`)].join('\n')
}
