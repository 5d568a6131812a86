import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { usePage } from '../context.js'
import type { Snapshot } from '../types.js'
import { toggle, type ListFilter, type TextFilter } from '../view.js'
import { countFilters } from './chips.js'
import { Status, statuses } from './status.js'

const typingMs = 300

/** The side panel. On a narrow screen it opens when asked. */
export function Filters ({ snapshots }: { snapshots: readonly Snapshot[] }) {
  const { view, text, names } = usePage()
  const [open, setOpen] = useState(false)
  return (
    <aside class='filters' aria-label={text.filters}>
      <button type='button' class='button filters-toggle' aria-expanded={open} aria-controls='filters' onClick={() => setOpen(!open)}>{text.showFilters(countFilters(view))}</button>
      <form id='filters' class={open ? 'open' : ''} onSubmit={event => event.preventDefault()}>
        <DayField snapshots={snapshots} />
        <TypedField filter='q' label={text.search} hint={text.searchHint} type='search' />
        <Choices filter='state' legend={text.state} options={[...names.state]} />
        <DistrictField />
        <Choices filter='scheme' legend={text.scheme} options={[...names.scheme.keys()].map(scheme => [scheme, <span key={scheme} title={names.scheme.get(scheme)}>{scheme}</span>])} />
        <Choices filter='cert_status' legend={text.status} options={statuses.map(status => [status, <Status key={status} status={status} />])} />
        <fieldset>
          <legend>{text.area}</legend>
          <div class='pair'>
            <TypedField filter='planted_area__gte' label={text.least} type='decimal' />
            <TypedField filter='planted_area__lte' label={text.most} type='decimal' />
          </div>
        </fieldset>
      </form>
    </aside>
  )
}

function DayField ({ snapshots }: { snapshots: readonly Snapshot[] }) {
  const { view, change, text, format } = usePage()
  const day = view.snapshot
  const known = snapshots.map(({ date }) => date)
  return (
    <div class='field'>
      <label for='day'>{text.day}</label>
      <select id='day' value={day} onChange={event => change({ snapshot: event.currentTarget.value })}>
        <option value=''>{known[0] === undefined ? '–' : text.latest(format.day(known[0]))}</option>
        {day !== '' && !known.includes(day) && <option value={day}>{day}</option>}
        {known.map(date => <option key={date} value={date}>{format.day(date)}</option>)}
      </select>
    </div>
  )
}

/** A field to type in; what is typed counts after a short rest. */
function TypedField ({ filter, label, hint, type }: { filter: TextFilter, label: string, hint?: string, type: 'search' | 'decimal' }) {
  const { view, change } = usePage()
  const [typed, setTyped] = useState(view[filter])
  const isValid = type === 'search' || /^\d*\.?\d*$/.test(typed.trim())
  useEffect(() => setTyped(view[filter]), [view[filter]])
  useEffect(() => {
    if (typed === view[filter] || !isValid) return
    const timer = setTimeout(() => change({ [filter]: typed }), typingMs)
    return () => clearTimeout(timer)
  }, [typed])
  return (
    <div class='field'>
      <label for={filter}>{label}</label>
      <input
        id={filter} type='text' inputMode={type} value={typed} autocomplete='off' spellcheck={false} aria-invalid={!isValid} aria-describedby={hint === undefined ? undefined : `${filter}-hint`}
        onInput={event => setTyped(event.currentTarget.value)}
      />
      {hint !== undefined && <p class='note' id={`${filter}-hint`}>{hint}</p>}
    </div>
  )
}

function Choices ({ filter, legend, options }: { filter: ListFilter, legend: string, options: readonly (readonly [string, ComponentChildren])[] }) {
  const { view, change } = usePage()
  return (
    <fieldset>
      <legend>{legend}</legend>
      <div class={`choices choices-${filter}`}>
        {options.map(([value, label]) => (
          <label key={value} class='choice'>
            <input type='checkbox' name={filter} value={value} checked={view[filter].includes(value)} onChange={() => change({ [filter]: toggle(view[filter], value) })} />
            {label}
          </label>
        ))}
      </div>
    </fieldset>
  )
}

function DistrictField () {
  const { view, change, text, names } = usePage()
  const offered = [...names.district].filter(([id, { stateId }]) => !view.district.includes(id) && (view.state.length === 0 || view.state.includes(stateId)))
  const groups = Map.groupBy(offered, ([, { state }]) => state)
  return (
    <div class='field'>
      <label for='district'>{text.district}</label>
      <select id='district' value='' onChange={event => change({ district: toggle(view.district, event.currentTarget.value) })}>
        <option value=''>{text.anyDistrict}</option>
        {[...groups].map(([state, districts]) => (
          <optgroup key={state} label={state}>
            {districts.map(([id, { name }]) => <option key={id} value={id}>{name}</option>)}
          </optgroup>
        ))}
      </select>
    </div>
  )
}
