import { useMemo } from 'preact/hooks'
import { Problem, requestOf } from './api.js'
import { Context, usePage, type Names, type PageContext } from './context.js'
import { makeFormat } from './format.js'
import { Bars } from './parts/bars.js'
import { Changes } from './parts/changes.js'
import { Chips } from './parts/chips.js'
import { Failure } from './parts/failure.js'
import { Filters } from './parts/filters.js'
import { FirstRun } from './parts/first-run.js'
import { MapPanel } from './parts/map.js'
import { Masthead } from './parts/masthead.js'
import { MeasureChoice } from './parts/measure.js'
import { PlotCard } from './parts/plot-card.js'
import { Table } from './parts/table.js'
import { Totals } from './parts/totals.js'
import { Trend } from './parts/trend.js'
import { dictionaries } from './text/index.js'
import type { Aggregate, Page, Scheme, State } from './types.js'
import { useAnswer } from './use-answer.js'
import { useSnapshots } from './use-snapshots.js'
import { useView } from './use-view.js'
import type { View } from './view.js'

/** The whole page. */
export function App () {
  const { view, language, change, speak } = useView()
  const { list, problem, refresh } = useSnapshots()
  const shown = list?.find(({ date }) => view.snapshot === '' || view.snapshot === date)
  const names = useNames(shown?.snapshot)
  const format = useMemo(() => makeFormat(language), [language])
  const text = dictionaries[language]
  const context: PageContext = { view: withIds(view, names), change, snapshot: shown?.snapshot ?? '', date: shown?.date ?? '', names, refresh, text, format, language }
  const failure = list === undefined ? problem : shown === undefined && list.length > 0 ? noSuchDay : undefined
  return (
    <Context.Provider value={context}>
      <a class='skip' href='#results'>{text.skip}</a>
      <Masthead speak={speak} />
      <div class='columns'>
        <Filters snapshots={list ?? []} />
        <main id='results' tabIndex={-1}>
          {list?.length === 0
            ? <FirstRun />
            : failure !== undefined
              ? <Failure problem={failure} retry={refresh} />
              : <Results hasEarlier={list?.some(({ date }) => date < context.date)} />}
        </main>
      </div>
      <footer class='foot'>
        <p>{text.outlines}. <a href='/docs'>{text.docs}</a></p>
      </footer>
      {view.plot !== '' && shown !== undefined && <PlotCard key={view.plot} />}
    </Context.Provider>
  )
}

const noSuchDay = new Problem(404, 'OSH_SNAPSHOT_NOT_FOUND', '', undefined)

function Results ({ hasEarlier }: { hasEarlier: boolean | undefined }) {
  const { text } = usePage()
  return (
    <>
      <div class='bar-top'><Chips /><MeasureChoice /></div>
      <Totals />
      <div class='grid'>
        <Bars filter='state' title={text.byState} lines={13} />
        <MapPanel />
        <Bars filter='scheme' title={text.byScheme} lines={12} />
        <div class='stack'>
          <Bars filter='cert_status' title={text.byStatus} lines={4} />
          <Changes hasEarlier={hasEarlier} />
        </div>
        <Trend />
        <Table />
      </div>
    </>
  )
}

/** What states, schemes and districts are called, as far as that is known yet. */
function useNames (snapshot: string | undefined): Names {
  const states = useAnswer<{ data: readonly State[] }>('/states').data
  const schemes = useAnswer<{ data: readonly Scheme[] }>('/schemes').data
  const districts = useAnswer<Page<Aggregate>>(snapshot === undefined ? undefined : requestOf('/aggregates', snapshot, {}, { by: 'district' })).data
  return useMemo(() => ({
    state: new Map(states?.data.map(({ stateId, state }) => [String(stateId), state])),
    scheme: new Map(schemes?.data.map(({ scheme, name }) => [scheme, name])),
    district: new Map(districts?.data.flatMap(({ daerahId, daerah, state, stateId }) =>
      daerahId == null ? [] : [[String(daerahId), { name: daerah ?? String(daerahId), state: state ?? '', stateId: String(stateId) }] as const])),
  }), [states, schemes, districts])
}

/** The view with states by their ids, since a shared URL may name them. */
function withIds (view: View, { state: names }: Names): View {
  const idOf = (value: string) => [...names].find(([, name]) => name.toUpperCase() === value.toUpperCase())?.[0] ?? value
  return { ...view, state: view.state.map(idOf), scheme: view.scheme.map(value => value.toUpperCase()) }
}
