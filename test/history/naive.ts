import { plotFields, type Plot, type PlotField } from '../../schemas/plot.js'
import type { UpstreamColumn } from '../../schemas/upstream.js'

// What the contract says of time, by comparing whole days with each other.

export interface Day {
  date: string
  plots: readonly Plot[]
  lacking: readonly UpstreamColumn[]
}

export interface Change {
  type: 'added' | 'removed' | 'changed'
  entity_smallholder_id: number
  changes: Record<string, unknown[]>
  before: Plot | null
  after: Plot | null
}

const isLacking = ({ lacking }: Day, field: PlotField) => lacking.some(column => column === field || (column === 'entity_name' && field === 'scheme'))

/** What differs between two days, by id. */
export function compareDays (from: Day, to: Day, { withUpdates }: { withUpdates: boolean }): Change[] {
  const fields = plotFields.filter(field => !isLacking(from, field) && !isLacking(to, field) && (withUpdates || field !== 'updated_at'))
  const ids = [...new Set([...from.plots, ...to.plots].map(plot => plot.entity_smallholder_id))].sort((a, b) => a - b)
  return ids.flatMap((id): Change[] => {
    const before = find(from, id)
    const after = find(to, id)
    const changes = before && after ? Object.fromEntries(fields.flatMap(field => before[field] === after[field] ? [] : [[field, [before[field], after[field]]]])) : {}
    if (before && after && Object.keys(changes).length === 0) return []
    return [{ type: before ? after ? 'changed' : 'removed' : 'added', entity_smallholder_id: id, changes, before, after }]
  })
}

/** On which days a plot was seen as which version, by looking at each day in turn. */
export function historyOf (days: readonly Day[], id: number, { withUpdates }: { withUpdates: boolean }): { first_seen: string, last_seen: string, current: boolean, plot: Plot }[] {
  const versions: { first_seen: string, last_seen: string, current: boolean, plot: Plot }[] = []
  let known = new Map<PlotField, unknown>()
  let isThere = false
  for (const day of days) {
    const plot = find(day, id)
    if (plot === null) {
      isThere = false
      continue
    }
    if (!isThere) known = new Map()
    const seen = plotFields.filter(field => !isLacking(day, field))
    const isNew = !isThere || seen.some(field => known.has(field) && known.get(field) !== plot[field] && (withUpdates || field !== 'updated_at'))
    for (const field of seen) known.set(field, plot[field])
    const full = Object.fromEntries(plotFields.map(field => [field, known.get(field) ?? (field === 'scheme' ? known.get('scheme') ?? plot.scheme : null)])) as Plot
    const version = { first_seen: day.date, last_seen: day.date, current: day === days.at(-1), plot: full }
    const last = versions.at(-1)
    if (isNew || last === undefined) versions.push(version)
    else versions[versions.length - 1] = { ...version, first_seen: last.first_seen }
    isThere = true
  }
  return versions
}

function find (day: Day, id: number): Plot | null {
  return day.plots.find(plot => plot.entity_smallholder_id === id) ?? null
}
