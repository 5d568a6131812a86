import type { Rounds } from './measure.js'

/** One line of the table. */
export interface Figure {
  case: string
  unit: string
  value: number
  /** What was measured beside it in the same run; null where there is nothing to compare with. */
  reference: number | null
  referenceIs: string
  /** What the target is about: the value by the reference, or the value itself. */
  ratio: number
  target: string
  /** null where nothing is to be reached or the machine does not tell. */
  reached: boolean | null
  note: string
}

export interface Measured {
  case: string
  unit: string
  value: number
  reference?: number
  referenceIs?: string
  ratio?: number
  note?: string
  /** Answers that no case expects; with any the target is missed. */
  wrong?: number
}

/** A figure whose ratio is to be at least so much. */
export function atLeast (limit: number, measured: Measured): Figure {
  return judge(measured, `≥ ${limit}`, ratio => ratio >= limit)
}

/** A figure whose ratio is to be at most so much. */
export function atMost (limit: number, measured: Measured): Figure {
  return judge(measured, `≤ ${limit}`, ratio => ratio <= limit)
}

/** A figure that is only told. */
export function stated (measured: Measured): Figure {
  return { ...judge(measured, '', () => true), reached: null }
}

/** What rounds gave, under its names. */
export function compared (name: string, unit: string, { value, reference, ratio }: Rounds, referenceIs: string): Measured {
  return { case: name, unit, value, reference, ratio, referenceIs }
}

function judge ({ wrong = 0, ...measured }: Measured, target: string, isReached: (ratio: number) => boolean): Figure {
  const { value, reference = null, referenceIs = '', ratio = reference === null ? value : value / reference } = measured
  const note = [measured.note ?? [], wrong > 0 ? `${wrong} wrong answers` : []].flat().join('; ')
  const isKnown = ![value, reference].some(Number.isNaN)
  const reached = isKnown ? wrong === 0 && isReached(ratio) : null
  return { case: measured.case, unit: measured.unit, value, reference, referenceIs, ratio, target, reached, note }
}

/** The figures as a table of text. */
export function formatTable (figures: readonly Figure[]): string {
  const header = ['case', 'measured', 'reference', 'ratio', 'target', 'reached', 'note']
  const rows = [header, ...figures.map(formatFigure)]
  const widths = header.map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)))
  return rows.map(row => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd()).join('\n')
}

function formatFigure (figure: Figure): string[] {
  const { unit, value, reference, referenceIs, ratio, target, reached, note } = figure
  return [
    figure.case,
    `${formatNumber(value)} ${unit}`,
    reference === null ? referenceIs : `${formatNumber(reference)} ${unit}, ${referenceIs}`,
    reference === null ? '' : ratio.toFixed(2),
    target,
    reached === null ? '' : reached ? 'yes' : 'NO',
    note,
  ]
}

/** To three digits. */
function formatNumber (value: number): string {
  return Number.isNaN(value) ? '?' : Number(value.toPrecision(3)).toLocaleString('en')
}
