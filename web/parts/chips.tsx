import { usePage } from '../context.js'
import { emptyView, filtersOf, listFilters, textFilters, toggle, type Filter, type View } from '../view.js'

interface Chip {
  label: string
  without: Partial<View>
}

/** What is filtered by, each to be taken away. */
export function Chips () {
  const { text, change, date, format } = usePage()
  const chips = useChips()
  return (
    <div class='chips'>
      <p class='shown-day'>{date !== '' && text.shown(format.day(date))}</p>
      {chips.length === 0
        ? <p class='note'>{text.noFilters}</p>
        : (
          <ul>
            {chips.map(({ label, without }) => (
              <li key={label}>
                <button type='button' class='chip' aria-label={text.remove(label)} onClick={() => change(without)}>{label}<span aria-hidden='true'>×</span></button>
              </li>
            ))}
            <li><button type='button' class='quiet' onClick={() => change(noFilters)}>{text.clear}</button></li>
          </ul>
          )}
    </div>
  )
}

const noFilters: Partial<View> = Object.fromEntries([...listFilters, ...textFilters].map(name => [name, emptyView[name]]))

/** How many filters there are. */
export function countFilters (view: View): number {
  return Object.keys(filtersOf(view)).length
}

function useChips (): Chip[] {
  const { view, text, names } = usePage()
  const nameOf = (filter: Filter, value: string) => {
    if (filter === 'state') return names.state.get(value) ?? value
    if (filter === 'district') return names.district.get(value)?.name ?? value
    if (filter === 'cert_status') return `${text.status}: ${Object.entries(text.statuses).find(([status]) => status === value)?.[1] ?? value}`
    return value
  }
  const lists = listFilters.flatMap(filter => view[filter].map(value => ({ label: nameOf(filter, value), without: { [filter]: toggle(view[filter], value) } })))
  const signs = { planted_area__gte: '≥', planted_area__lte: '≤' }
  const areas = (['planted_area__gte', 'planted_area__lte'] as const).filter(name => view[name] !== '')
    .map(name => ({ label: `${text.fields.planted_area} ${signs[name]} ${view[name]}`, without: { [name]: '' } }))
  return [...lists, ...areas, ...(view.q === '' ? [] : [{ label: `“${view.q}”`, without: { q: '' } }])]
}
