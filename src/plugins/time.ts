import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { OshError } from '../errors.js'
import type { FoldedDay } from '../history/file.js'
import type { HistoryLease } from '../history/history.js'
import { badParameter } from '../query/values.js'
import { toDate } from '../snapshots/day.js'
import { parseSelector } from '../snapshots/selector.js'
import { idOf } from '../snapshots/store.js'
import type { Origin } from './questions.js'

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Does the work with the days that `from` and `to` ask for, while the history is held. Throws
     * `OSH_HISTORY_BUILDING`, `OSH_NO_SNAPSHOT`, `OSH_SNAPSHOT_NOT_FOUND`, `OSH_SNAPSHOT_REPLACED`,
     * `OSH_SNAPSHOT_UNREADABLE` or `OSH_BAD_PARAMETER`.
     */
    withSpan<T> (asked: AskedSpan, work: (span: Span) => Promise<T>): Promise<T>
  }
}

export interface AskedSpan {
  from?: string
  to?: string
  /** Where the span begins if nothing says: with the snapshot before its end, or with the first. */
  begins: 'before' | 'first'
}

/** The days between two snapshots. */
export interface Span {
  from: FoldedDay
  to: FoldedDay
  /** Both and all between, oldest first. */
  between: readonly FoldedDay[]
  /** All days of the history, oldest first. */
  all: readonly FoldedDay[]
  /** The history, as something to answer from. */
  origin: Origin
  /** Both ends in exact form, as parameters and for `meta`. */
  settled: { from: string, to: string }
  meta: { from: string, to: string, fromDate: string, toDate: string }
  held: HistoryLease
}

/** Gives routes the days between two snapshots. */
export default fp(async function timePlugin (app: FastifyInstance) {
  const find = async (parameter: 'from' | 'to', text: string, days: readonly FoldedDay[]): Promise<FoldedDay> => {
    const stored = await app.catalog.find(parseSelector(text) ?? 'latest')
    const found = days.find(({ day, revision }) => day === stored.day && revision === stored.revision)
    if (found !== undefined) return found
    throw new OshError('OSH_SNAPSHOT_UNREADABLE', `${parameter}: the snapshot of ${toDate(stored.day)} cannot be read; ask for another day.`, { retryAfterSeconds: 60 })
  }

  const choose = async ({ from: askedFrom, to: askedTo, begins }: AskedSpan, held: HistoryLease): Promise<Span> => {
    const all = held.days
    const to = askedTo === undefined ? all.at(-1) : await find('to', askedTo, all)
    if (to === undefined) throw new OshError('OSH_SNAPSHOT_UNREADABLE', 'No snapshot in the store can be read; see the log.', { retryAfterSeconds: 60 })
    const usual = begins === 'first' ? all[0] : all.findLast(({ day }) => day < to.day)
    const from = askedFrom === undefined ? usual : await find('from', askedFrom, all)
    if (from === undefined) throw new OshError('OSH_SNAPSHOT_NOT_FOUND', `There is no snapshot before ${toDate(to.day)} to compare it with.`, { extensions: { earlier: null, later: null } })
    if (askedFrom !== undefined && from.day > to.day) throw badParameter('from', 'is after `to`')
    const settled = { from: idOf(from), to: idOf(to) }
    return {
      from,
      to,
      all,
      between: all.filter(({ day }) => from.day <= day && day <= to.day),
      settled,
      meta: { ...settled, fromDate: toDate(from.day), toDate: toDate(to.day) },
      held,
      origin: {
        peek: () => app.history.peek(),
        acquire: async () => held.again(),
        // What lies between two revisions of one day each stays; which days lie between does not.
        isExact: () => begins === 'before' && askedFrom === settled.from && askedTo === settled.to,
        pin: () => settled,
      },
    }
  }

  app.decorate('withSpan', async <T>(asked: AskedSpan, work: (span: Span) => Promise<T>): Promise<T> => {
    const held = await app.history.acquire()
    try {
      return await work(await choose(asked, held))
    } finally {
      held.release()
    }
  })
}, { name: 'time', dependencies: ['services'] })
