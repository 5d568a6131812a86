import { shareActive } from '../api.js'
import { usePage, useRequest } from '../context.js'
import type { Aggregate, Page } from '../types.js'
import { useAnswer } from '../use-answer.js'
import { filtersOf } from '../view.js'
import { Panel, Shown } from './panel.js'

/** The four figures on top. */
export function Totals () {
  const { view, text, format } = usePage()
  const request = useRequest('/aggregates', filtersOf(view))
  const answer = useAnswer<Page<Aggregate>>(request)
  return (
    <Panel id='totals' title={text.totals} request={request}>
      <Shown answer={answer} lines={2}>
        {({ data: [total = nothing] }) => (
          <dl class='figures'>
            <Figure term={text.plots} value={format.count(total.smallholders)} />
            <Figure term={text.planted} value={format.hectares(total.planted_area)} />
            <Figure term={text.certified} value={format.hectares(total.certified_area)} />
            <Figure term={text.active} value={format.share(shareActive(total))} note={`${format.count(total.active)} ${text.ofPlots}`} />
          </dl>
        )}
      </Shown>
    </Panel>
  )
}

const nothing = { smallholders: 0, planted_area: 0, certified_area: 0, active: 0 }

function Figure ({ term, value, note }: { term: string, value: string, note?: string }) {
  return (
    <div class='figure'>
      <dt>{term}</dt>
      <dd>{value}{note !== undefined && <small>{note}</small>}</dd>
    </div>
  )
}
