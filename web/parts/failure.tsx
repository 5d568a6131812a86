import { useEffect } from 'preact/hooks'
import type { Problem } from '../api.js'
import { usePage } from '../context.js'
import type { Dictionary } from '../text/index.js'
import { emptyView } from '../view.js'

/** What went wrong and what can be done, in place of what should be there. */
export function Failure ({ problem, retry }: { problem: Problem, retry: () => void }) {
  const { text, change, refresh } = usePage()
  const isReplaced = problem.status === 410
  // A newer file of the same day has come: the next look finds it.
  useEffect(() => { if (isReplaced) refresh() }, [isReplaced])
  if (isReplaced) return <p class='note' role='status'>{text.loading}</p>
  // It comes by itself.
  if (problem.code === 'OSH_HISTORY_BUILDING') return <p class='note' role='status'>{text.failures.history}</p>
  return (
    <div class='failure' role='alert'>
      <p>{explain(problem, text)}</p>
      {problem.status === 400 && <p><code>{problem.detail}</code></p>}
      {problem.status === 400 && <button type='button' class='button' onClick={() => change(emptyView)}>{text.clear}</button>}
      {problem.code === 'OSH_SNAPSHOT_NOT_FOUND' && <button type='button' class='button' onClick={() => change({ snapshot: '' })}>{text.showLatest}</button>}
      {(problem.status === 0 || problem.status >= 429) && <button type='button' class='button' onClick={retry}>{text.retry}</button>}
    </div>
  )
}

function explain ({ status, code }: Problem, { failures }: Dictionary): string {
  if (status === 0) return failures.unreachable
  if (status === 400) return failures.refused
  if (code === 'OSH_SNAPSHOT_NOT_FOUND') return failures.noDay
  if (status === 404) return failures.unavailable
  if (status === 429 || status === 503) return failures.busy
  return failures.inside
}
