import { useEffect, useState } from 'preact/hooks'
import { ask, Problem } from './api.js'
import type { Page, Snapshot } from './types.js'

export interface Snapshots {
  /** Newest first; undefined until the first answer. */
  list: readonly Snapshot[] | undefined
  problem: Problem | undefined
  refresh: () => void
}

const usualMs = 60_000
const impatientMs = 4000

/** The days there are, looked up again now and then, and whenever the page is shown again. */
export function useSnapshots (): Snapshots {
  const [list, setList] = useState<readonly Snapshot[]>()
  const [problem, setProblem] = useState<Problem>()
  const [turn, setTurn] = useState(0)
  const refresh = () => setTurn(turn => turn + 1)
  const isEmpty = list === undefined || list.length === 0
  useEffect(() => {
    const controller = new AbortController()
    ask<Page<Snapshot>>('/snapshots', controller.signal, true).then(({ data }) => {
      // The same list stays the same value, so that nothing is drawn anew.
      setList(known => JSON.stringify(known) === JSON.stringify(data) ? known : data)
      setProblem(undefined)
    }, (error: unknown) => {
      if (!controller.signal.aborted) setProblem(error instanceof Problem ? error : new Problem(0, 'UNREADABLE', String(error), undefined))
    })
    const timer = setTimeout(refresh, isEmpty ? impatientMs : usualMs)
    return () => {
      clearTimeout(timer)
      controller.abort()
    }
  }, [turn, isEmpty])
  useEffect(() => {
    const look = () => { if (document.visibilityState === 'visible') refresh() }
    document.addEventListener('visibilitychange', look)
    return () => document.removeEventListener('visibilitychange', look)
  }, [])
  return { list, problem, refresh }
}
