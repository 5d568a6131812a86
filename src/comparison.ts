import type { Comparison, SnapshotDetail } from '../schemas/snapshot.js'
import { upstreamColumns } from '../schemas/upstream.js'
import type { Database, Row } from './duckdb/database.js'
import type { Relation } from './duckdb/relation.js'
import { list, sql, type Sql } from './duckdb/sql.js'
import { plotsOf, type KnownDay } from './duckdb/versions.js'
import type { FoldedDay } from './history/file.js'
import type { HistoryLease } from './history/history.js'
import { totalNames } from './query/aggregate.js'
import { parseTrendsQuery } from './query/trends.js'
import type { Catalog } from './snapshots/catalog.js'
import { toDay } from './snapshots/day.js'
import { idOf } from './snapshots/store.js'

/** What one day did to the register. */
type Measures = Record<typeof totalNames[number] | 'added' | 'removed' | 'changed', number>

const usualDays = 28
const fewestDays = 7
// Of a normal distribution one day in two million lies further out.
const deviations = 5
const deviationPerMedian = 1.4826
const leastShare = 0.005
const mostGroups = 100

/** How `unusual` is decided, in words. */
export const unusualRule = `A day's difference from the day before is unusual where it is further from the median of up to ${usualDays} days before than ${deviations} standard deviations, estimated from the median absolute deviation, and than ${leastShare * 100} % of the register; judged from ${fewestDays} days on`

/** How a day compares with the one before; null where there is none. */
export async function compareDay ({ database, catalog }: { database: Database, catalog: Catalog }, { relation, days }: HistoryLease, detail: SnapshotDetail): Promise<Comparison | null> {
  const index = days.findIndex(day => idOf(day) === detail.snapshot)
  const [day, previous] = [days[index], days[index - 1]]
  if (day === undefined || previous === undefined) return null
  const before = await catalog.describe({ day: previous.day, revision: previous.revision })
  const known = days.slice(Math.max(0, index - usualDays - 1), index + 1)
  const measures = await readMeasures(database, relation, known, days)
  const steps = measures.slice(1).map((today, step) => subtract(today, measures[step]))
  const today = measures.at(-1)
  const yesterday = measures.at(-2)
  if (today === undefined || yesterday === undefined) return null
  const pair = (name: keyof Measures): [number, number] => [yesterday[name], today[name]]
  return {
    with: before.snapshot,
    date: before.date,
    rows: [before.quality.rows, detail.quality.rows],
    nulls: Object.fromEntries(upstreamColumns.flatMap(column => {
      const [was, is] = [before.quality.nulls[column] ?? 0, detail.quality.nulls[column] ?? 0]
      return was === is ? [] : [[column, [was, is]]]
    })),
    ...mapTotals(pair),
    added: today.added,
    removed: today.removed,
    changed: today.changed,
    ...await readGroups(database, relation, previous, day),
    unusual: findUnusual(steps, yesterday),
    rule: unusualRule,
  }
}

/** The totals of each day and what it added, removed and changed; the first only has totals. */
async function readMeasures (database: Database, relation: Relation, known: readonly FoldedDay[], all: readonly FoldedDay[]): Promise<Measures[]> {
  const totals = parseTrendsQuery({}, [], { asked: known, all }).select(list(['date', ...totalNames].map(name => sql.id(name))))(relation)
  const kinds = sql`SELECT first, count(*) FILTER (kind = 'added')::DOUBLE AS added, count(*) FILTER (kind = 'changed')::DOUBLE AS changed
    FROM ${sql.id(relation.table)} WHERE first >= ${Number(known[0]?.day)} AND first <= ${Number(known.at(-1)?.day)} GROUP BY first`
  const flows = new Map((await database.query(kinds)).map(row => [String(row['first']), row]))
  const rows = await database.query(totals)
  return rows.map((row, index) => {
    const flow = flows.get(toDay(String(row['date'])))
    const [added, changed] = [Number(flow?.['added'] ?? 0), Number(flow?.['changed'] ?? 0)]
    const removed = Number(rows[index - 1]?.['smallholders'] ?? 0) + added - Number(row['smallholders'])
    return { ...mapTotals(name => Number(row[name])), added, removed, changed }
  })
}

function subtract (today: Measures, yesterday: Measures | undefined): Measures {
  return { ...today, ...mapTotals(name => today[name] - (yesterday?.[name] ?? 0)) }
}

function mapTotals<T> (value: (name: typeof totalNames[number]) => T): Record<typeof totalNames[number], T> {
  return {
    smallholders: value('smallholders'),
    planted_area: value('planted_area'),
    certified_area: value('certified_area'),
    active: value('active'),
    expired: value('expired'),
    delayed: value('delayed'),
    other: value('other'),
  }
}

/** The measures of the last step that are far from those of the steps before. */
function findUnusual (steps: readonly Measures[], register: Measures): Comparison['unusual'] {
  const last = steps.at(-1)
  const earlier = steps.slice(0, -1)
  if (last === undefined || earlier.length < fewestDays) return []
  return ([...totalNames, 'added', 'removed', 'changed'] as const).flatMap(measure => {
    const values = earlier.map(step => step[measure])
    const usual = median(values)
    const spread = deviations * deviationPerMedian * median(values.map(value => Math.abs(value - usual)))
    const scale = measure === 'planted_area' || measure === 'certified_area' ? register[measure] : register.smallholders
    const limit = Math.max(spread, leastShare * scale)
    const value = last[measure]
    return Math.abs(value - usual) > limit ? [{ measure, value: round(value), usual: round(usual), limit: round(limit) }] : []
  })
}

/** The organisations that only one of two days has. */
async function readGroups (database: Database, relation: Relation, before: FoldedDay, after: FoldedDay): Promise<Pick<Comparison, 'appeared' | 'vanished'>> {
  const isUnknown = [before, after].some(({ lacking }) => lacking.includes('entity_code') || lacking.includes('entity_name'))
  if (isUnknown) return { appeared: [], vanished: [] }
  const groups = (day: KnownDay): Sql => sql`SELECT entity_code, entity_name FROM ${plotsOf(relation.table, day)} AS plots`
  const only = async (day: KnownDay, other: KnownDay) =>
    (await database.query(sql`SELECT * FROM (${groups(day)} EXCEPT ${groups(other)}) AS groups ORDER BY ALL LIMIT ${mostGroups}`)).map(toGroup)
  return { appeared: await only(after, before), vanished: await only(before, after) }
}

function toGroup (row: Row): Comparison['appeared'][number] {
  const text = (value: unknown) => value === null ? null : String(value)
  return { entity_code: text(row['entity_code']), entity_name: text(row['entity_name']) }
}

function median (values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2
}

function round (value: number): number {
  return Math.round(value * 1e6) / 1e6
}
