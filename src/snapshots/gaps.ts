import { toDate, toDay } from './day.js'

const dayMs = 86_400_000

/** The calendar days (`YYYYMMDD`) from one to another, both included, that are not among the known ones; newest first. */
export function findGaps (known: Iterable<string>, from: string, to: string): string[] {
  const there = new Set(known)
  const gaps: string[] = []
  for (let time = timeOf(to); time >= timeOf(from); time -= dayMs) {
    const day = toDay(new Date(time).toISOString().slice(0, 10))
    if (!there.has(day)) gaps.push(day)
  }
  return gaps
}

/** How many calendar days there are from one to another, both included. */
export function countDays (from: string, to: string): number {
  return (timeOf(to) - timeOf(from)) / dayMs + 1
}

function timeOf (day: string): number {
  return Date.parse(`${toDate(day)}T00:00:00Z`)
}
