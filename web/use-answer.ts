import { useEffect, useState } from 'preact/hooks'
import { ask, Problem } from './api.js'

export interface Answer<T> {
  /** The newest answer there is, which may be one to an earlier request. */
  data: T | undefined
  problem: Problem | undefined
  /** Whether the answer to this request is still awaited. */
  loading: boolean
  retry: () => void
}

interface Known<T> {
  request: string
  data: T | undefined
  problem: Problem | undefined
}

const busy = new Set([429, 503])
const longestWaitSeconds = 60

/**
 * The answer to a request; none is made for `undefined`. While a new answer is awaited the last one stays, so that
 * nothing jumps. Where the service is busy, it is asked again after as long as it says. A request that names no snapshot
 * is made again for each `revision`.
 */
export function useAnswer<T> (request: string | undefined, revision = ''): Answer<T> {
  const [known, setKnown] = useState<Known<T>>()
  const [attempt, setAttempt] = useState(0)
  useEffect(() => {
    if (request === undefined) return
    const controller = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    ask<T>(request, controller.signal).then(
      data => setKnown({ request, data, problem: undefined }),
      (error: unknown) => {
        if (controller.signal.aborted) return
        const problem = error instanceof Problem ? error : new Problem(0, 'UNREADABLE', String(error), undefined)
        setKnown({ request, data: undefined, problem })
        if (busy.has(problem.status)) timer = setTimeout(() => setAttempt(attempt + 1), 1000 * Math.min(longestWaitSeconds, problem.retryAfterSeconds ?? longestWaitSeconds))
      })
    return () => {
      controller.abort()
      clearTimeout(timer)
    }
  }, [request, revision, attempt])
  return { data: known?.data, problem: known?.problem, loading: request === undefined || request !== known?.request, retry: () => setAttempt(attempt + 1) }
}
