import { requestOf } from '../api.js'
import { usePage } from '../context.js'
import { filtersOf } from '../view.js'

const formats = [['csv', 'CSV'], ['geojson', 'GeoJSON'], ['parquet', 'Parquet']] as const

/** All plots that match, as files. */
export function Download ({ total }: { total: number }) {
  const { view, snapshot, date, text, format } = usePage()
  return (
    <p class='download'>
      <strong>{text.download}</strong>
      <span>{text.downloadAll(format.count(total))}</span>
      {formats.map(([ending, name]) => (
        <a key={ending} class='button' download={`smallholders-${date}.${ending}`} href={requestOf('/smallholders', snapshot, filtersOf(view), { sort: view.sort, format: ending })}>{name}</a>
      ))}
    </p>
  )
}
