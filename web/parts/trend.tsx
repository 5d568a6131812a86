import { useEffect, useRef } from 'preact/hooks'
import { requestOf } from '../api.js'
import { usePage } from '../context.js'
import type { TrendPoint } from '../types.js'
import { useAnswer } from '../use-answer.js'
import { filtersOf } from '../view.js'
import { formatMeasure } from './bars.js'
import { Panel, Shown } from './panel.js'

/** The measure over all days. */
export function Trend () {
  const { view, snapshot, text } = usePage()
  // Each new snapshot is asked for anew, though the request stays the same.
  const request = requestOf('/trends', '', filtersOf(view))
  const answer = useAnswer<{ data: readonly TrendPoint[] }>(snapshot === '' ? undefined : request, snapshot)
  return (
    <Panel id='trend' title={`${text.trend}: ${text.measures[view.measure]}`} request={request}>
      <Shown answer={answer} lines={6}>
        {({ data }) => data.length < 2
          ? <p class='note'>{text.oneDay}</p>
          : <><Line points={data} /><Numbers points={data} /></>}
      </Shown>
    </Panel>
  )
}

function Line ({ points }: { points: readonly TrendPoint[] }) {
  const { view: { measure }, change, text, format, language } = usePage()
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    let end: (() => void) | undefined
    let isGone = false
    import('../trend/line.js').then(({ drawLine }) => {
      if (box.current === null || isGone) return
      const written = (value: number) => formatMeasure(value, measure, format)
      end = drawLine(box.current, points.map(point => [point.date, point[measure]]), { label: text.measures[measure], value: written, day: format.day, onDay: date => change({ snapshot: date }) })
    })
    return () => {
      isGone = true
      end?.()
    }
  }, [points, measure, language])
  return <div ref={box} class='line' role='img' aria-label={text.trendLabel(text.measures[measure])} />
}

function Numbers ({ points }: { points: readonly TrendPoint[] }) {
  const { view: { measure }, text, format } = usePage()
  return (
    <details class='numbers'>
      <summary class='quiet'>{text.asTable}</summary>
      <div class='scroll' role='group' tabIndex={0} aria-labelledby='trend-title'>
        <table>
          <thead><tr><th scope='col'>{text.day}</th><th scope='col' class='number'>{text.measures[measure]}</th></tr></thead>
          <tbody>
            {[...points].reverse().map(point => (
              <tr key={point.date}><td>{format.day(point.date)}</td><td class='number'>{formatMeasure(point[measure], measure, format)}</td></tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  )
}
