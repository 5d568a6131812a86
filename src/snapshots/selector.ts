import { isDay, toDay } from './day.js'

/** A day, or one revision of a day. */
export interface DaySelector {
  day: string
  revision?: string
}

/** What the parameter `snapshot` asks for. */
export type Selector = DaySelector | 'latest'

/** What `latest`, `2026-11-23`, `20261123` or `20261123.<revision>` selects; undefined for anything else. */
export function parseSelector (text: string): Selector | undefined {
  if (text === 'latest') return 'latest'
  const match = /^(\d{4}-\d{2}-\d{2}|\d{8})(?:\.([A-Za-z0-9-]{1,64}))?$/.exec(text)
  const day = toDay(match?.[1] ?? '')
  if (match === null || !isDay(day)) return undefined
  return match[2] === undefined ? { day } : { day, revision: match[2] }
}
