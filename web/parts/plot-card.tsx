import { useEffect, useRef } from 'preact/hooks'
import { usePage, useRequest } from '../context.js'
import type { Plot, Version } from '../types.js'
import { useAnswer } from '../use-answer.js'
import { Panel, Shown } from './panel.js'
import { Status } from './status.js'
import { Cell } from './table.js'

const shown: readonly (keyof Plot)[] = [
  'name', 'entity_name', 'scheme', 'state', 'daerah', 'lot_no', 'planted_area', 'certified_area', 'cert_status', 'cert_no',
  'mpob_no', 'entity_code', 'track_id', 'gps_coordinate_lat', 'gps_coordinate_long', 'created_at', 'updated_at',
]

/** The card of the plot that was chosen in the table or on the map. */
export function PlotCard () {
  const { view, change, text } = usePage()
  const dialog = useRef<HTMLDialogElement>(null)
  const close = () => change({ plot: '' })
  useEffect(() => dialog.current?.showModal(), [])
  const request = useRequest(`/smallholders/${view.plot}`, {})
  const answer = useAnswer<{ data: Plot }>(request)
  return (
    <dialog ref={dialog} class='card' aria-labelledby='plot-title' onClose={close} onClick={event => { if (event.target === dialog.current) close() }}>
      <Panel id='plot' title={`${text.plot} ${view.plot}`} request={request} tools={<button type='button' class='quiet' onClick={close}>{text.close}</button>}>
        <Shown answer={answer} lines={shown.length}>
          {({ data }) => (
            <dl class='fields'>
              {shown.map(column => <div key={column}><dt>{text.fields[column]}</dt><dd><Cell row={data} column={column} /></dd></div>)}
            </dl>
          )}
        </Shown>
      </Panel>
      <History />
    </dialog>
  )
}

function History () {
  const { view, text, format } = usePage()
  const request = `/smallholders/${view.plot}/history`
  const answer = useAnswer<{ data: readonly Version[] }>(request)
  return (
    <Panel id='history' title={text.history} request={request}>
      <Shown answer={answer} lines={2}>
        {({ data }) => (
          <ol class='versions'>
            {data.map(({ first_seen: from, last_seen: to, plot }) => (
              <li key={from}><span>{text.historyOf(format.day(from), format.day(to))}</span><Status status={plot.cert_status} /></li>
            ))}
          </ol>
        )}
      </Shown>
    </Panel>
  )
}
