/** The median of some numbers. */
export function median (values: readonly number[]): number {
  return percentile(values, 0.5)
}

/** The least of some numbers that the given share of them does not exceed. */
export function percentile (values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN
}

/** Milliseconds that one call takes. */
export async function time (work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}

/** Medians over rounds; the ratio is that of each round, so that noise which both meet cancels out. */
export interface Rounds {
  value: number
  reference: number
  ratio: number
}

/** Measures subject and reference in turn, each first as often as the other. */
export async function alternate (rounds: number, subject: (round: number) => Promise<number>, reference: (round: number) => Promise<number>): Promise<Rounds> {
  const values: number[] = []
  const references: number[] = []
  for (let round = 0; round < rounds; round++) {
    if (round % 2 === 0) values.push(await subject(round))
    references.push(await reference(round))
    if (round % 2 === 1) values.push(await subject(round))
  }
  const ratios = values.map((value, round) => value / (references[round] ?? NaN))
  return { value: median(values), reference: median(references), ratio: median(ratios) }
}
