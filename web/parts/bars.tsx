import type { ComponentChildren } from 'preact'
import { usePage, useRequest } from '../context.js'
import type { Aggregate, Page } from '../types.js'
import { useAnswer } from '../use-answer.js'
import { filtersOf, toggle, type ListFilter, type Measure } from '../view.js'
import { Panel, Shown } from './panel.js'
import { Status } from './status.js'

interface BarsProps {
  filter: Exclude<ListFilter, 'district'>
  title: string
  lines: number
}

/** A bar for each value of a dimension; choosing a bar filters by it, so its own filter hides none of them. */
export function Bars ({ filter, title, lines }: BarsProps) {
  const { view } = usePage()
  // Districts lie in states, so both filters concern the chart by state.
  const own = filter === 'state' ? ['state', 'district'] as const : [filter]
  const request = useRequest('/aggregates', filtersOf(view, own), { by: filter, sort: `-${view.measure}` })
  const answer = useAnswer<Page<Aggregate>>(request)
  return (
    <Panel id={filter} title={title} request={request}>
      <Shown answer={answer} lines={lines}>
        {({ data }) => <BarList filter={filter} rows={data} title={title} />}
      </Shown>
    </Panel>
  )
}

function BarList ({ filter, rows, title }: { filter: BarsProps['filter'], rows: readonly Aggregate[], title: string }) {
  const { view, change, text, format } = usePage()
  if (rows.length === 0) return <p class='note'>{text.empty}</p>
  const most = Math.max(...rows.map(row => row[view.measure]))
  return (
    <ul class='bars' aria-label={`${title}: ${text.measures[view.measure]}. ${text.pick}`}>
      {rows.map(row => {
        const value = keyOf(row, filter)
        const chosen = view[filter].includes(value)
        return (
          <li key={value}>
            <button
              type='button' class={`bar bar-${value}`} disabled={value === ''} aria-pressed={chosen}
              data-faint={view[filter].length > 0 && !chosen} onClick={() => change({ [filter]: toggle(view[filter], value) })}
            >
              <span class='bar-name'>{nameOf(row, filter, text.none)}</span>
              <span class='bar-track'><span class='bar-fill' style={{ width: `${most === 0 ? 0 : 100 * row[view.measure] / most}%` }} /></span>
              <span class='bar-value'>{formatMeasure(row[view.measure], view.measure, format)}</span>
            </button>
          </li>
        )
      })}
    </ul>
  )
}

/** A measure's value as it is written. */
export function formatMeasure (value: number, measure: Measure, format: { count: (value: number) => string, hectares: (value: number) => string }): string {
  return measure === 'smallholders' ? format.count(value) : format.hectares(value)
}

function keyOf (row: Aggregate, filter: BarsProps['filter']): string {
  return String((filter === 'state' ? row.stateId : row[filter]) ?? '')
}

function nameOf (row: Aggregate, filter: BarsProps['filter'], none: string): ComponentChildren {
  if (filter === 'cert_status') return <Status status={row.cert_status} />
  return row[filter] ?? none
}
