import { requestOf } from '../api.js'
import { usePage } from '../context.js'
import type { Change, Changes as ChangesAnswer } from '../types.js'
import { useAnswer } from '../use-answer.js'
import { filtersOf } from '../view.js'
import { Panel, Shown } from './panel.js'

const types = ['added', 'removed', 'changed'] as const
const shownRows = 6

/** What is other than the day before. */
export function Changes ({ hasEarlier }: { hasEarlier: boolean | undefined }) {
  const { view, snapshot, date, text, format } = usePage()
  const request = hasEarlier === true ? requestOf('/changes', '', filtersOf(view), { to: date, pageSize: shownRows }) : undefined
  const answer = useAnswer<ChangesAnswer>(request, snapshot)
  return (
    <Panel id='changes' title={text.changes} request={request}>
      {hasEarlier === false
        ? <p class='note'>{text.noEarlier}</p>
        : (
          <Shown answer={answer} lines={5}>
            {({ data, meta: { fromDate, toDate, total, summary } }) => (
              <>
                <p class='note'>{text.changesBetween(format.day(fromDate), format.day(toDate))}</p>
                <dl class='figures figures-small'>
                  {types.map(type => <div class='figure' key={type}><dt>{text.changeTypes[type]}</dt><dd>{format.count(summary[type])}</dd></div>)}
                </dl>
                {total === 0 ? <p class='note'>{text.noChanges}</p> : <ChangeList data={data} total={total} />}
              </>
            )}
          </Shown>
          )}
    </Panel>
  )
}

function ChangeList ({ data, total }: { data: readonly Change[], total: number }) {
  const { change, text, format } = usePage()
  return (
    <ul class='changes'>
      {data.map(one => {
        const plot = one.after ?? one.before
        return (
          <li key={one.entity_smallholder_id}>
            <button type='button' class='link' onClick={() => change({ plot: String(one.entity_smallholder_id) })}>{plot?.name ?? one.entity_smallholder_id}</button>
            {' '}<span>{describe(one)}</span>
          </li>
        )
      })}
      {total > data.length && <li class='note'>{text.further(format.count(total - data.length))}</li>}
    </ul>
  )

  function describe ({ type, changes }: Change): string {
    if (type !== 'changed') return text.changeTypes[type]
    return Object.entries(changes ?? {}).filter(([field]) => field !== 'updated_at')
      .map(([field, [before, after]]) => `${Object.entries(text.fields).find(([name]) => name === field)?.[1] ?? field}: ${before ?? '–'} → ${after ?? '–'}`).join(', ')
  }
}
