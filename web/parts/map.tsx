import { useEffect, useRef, useState } from 'preact/hooks'
import type { Problem } from '../api.js'
import { usePage, useRequest } from '../context.js'
import { schemeColours } from '../map/colours.js'
import type { PlotMap } from '../map/plot-map.js'
import { filtersOf, mapColours, type View } from '../view.js'
import { Failure } from './failure.js'
import { Panel } from './panel.js'
import { Status, statuses } from './status.js'

type State = { kind: 'loading' | 'ready' | 'missing' } | { kind: 'failed', problem: Problem }

/** All plots that have a place, on a map that is loaded by itself, after the rest. */
export function MapPanel () {
  const { view, change, text } = usePage()
  const request = useRequest('/smallholders', filtersOf(view), { has_location: 'true', fields: 'entity_smallholder_id,scheme,cert_status', format: 'geojson' })
  const [state, setState] = useState<State>({ kind: 'loading' })
  const [attempt, setAttempt] = useState(0)
  const box = useRef<HTMLDivElement>(null)
  const map = useRef<PlotMap>(undefined)
  const [ready, setReady] = useState(false)
  useEffect(() => {
    let isGone = false
    import('../map/plot-map.js').then(async ({ openMap }) => {
      if (box.current === null || isGone) return
      map.current = await openMap(box.current, { label: text.mapLabel, onPlot: plot => change({ plot }) })
      setReady(true)
    }).catch(() => setState({ kind: 'missing' }))
    return () => {
      isGone = true
      map.current?.close()
    }
  }, [])
  useEffect(() => {
    if (!ready || request === undefined) return
    const controller = new AbortController()
    setState({ kind: 'loading' })
    map.current?.show(request, controller.signal).then(
      () => setState({ kind: 'ready' }),
      (problem: Problem) => { if (!controller.signal.aborted) setState({ kind: 'failed', problem }) })
    return () => controller.abort()
  }, [ready, request, attempt])
  useEffect(() => map.current?.colour(view.colour), [ready, view.colour])
  return (
    <Panel id='map' title={text.map} request={request} tools={<ColourChoice />}>
      <div class='map-frame' aria-busy={state.kind === 'loading'}>
        <div ref={box} class='map' />
        {state.kind === 'failed' && <div class='map-over'><Failure problem={state.problem} retry={() => setAttempt(attempt + 1)} /></div>}
        {state.kind === 'missing' && <div class='map-over'><p class='note'>{text.mapMissing}</p></div>}
        {state.kind === 'loading' && <p class='map-wait' role='status'>{text.loading}</p>}
      </div>
      <Legend />
    </Panel>
  )
}

function ColourChoice () {
  const { view, change, text } = usePage()
  const names: Record<View['colour'], string> = { cert_status: text.status, scheme: text.scheme }
  return (
    <label class='inline'>{text.colourBy}{' '}
      <select value={view.colour} onChange={event => change({ colour: mapColours.find(colour => colour === event.currentTarget.value) ?? 'cert_status' })}>
        {mapColours.map(colour => <option key={colour} value={colour}>{names[colour]}</option>)}
      </select>
    </label>
  )
}

function Legend () {
  const { view, text, names } = usePage()
  return (
    <div class='legend'>
      <ul>
        {view.colour === 'cert_status'
          ? [...statuses, null].map(status => <li key={status}><Status status={status} /></li>)
          : [...names.scheme.keys()].map(scheme => <li key={scheme}><span class='dot' style={{ background: schemeColours[scheme] ?? schemeColours['OTHER'] ?? '' }} />{scheme}</li>)}
      </ul>
      <p class='note'>{text.mapHint} {text.outlines}.</p>
    </div>
  )
}
