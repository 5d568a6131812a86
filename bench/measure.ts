/** The median of some numbers. */
export function median (values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle] ?? NaN : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2
}

/** Milliseconds that one call takes. */
export async function time (work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}

/**
 * Median milliseconds of each of two calls, made in turn so that both meet the same
 * noise, after a few that do not count.
 */
export async function timePair (subject: () => Promise<unknown>, reference: () => Promise<unknown>, runs: number): Promise<{ subjectMs: number, referenceMs: number }> {
  const subjectMs: number[] = []
  const referenceMs: number[] = []
  for (let run = -3; run < runs; run++) {
    const times = [await time(subject), await time(reference)] as const
    if (run < 0) continue
    subjectMs.push(times[0])
    referenceMs.push(times[1])
  }
  return { subjectMs: median(subjectMs), referenceMs: median(referenceMs) }
}
