import type { ComponentChildren } from 'preact'
import { usePage, useRequest } from '../context.js'
import type { Page, Plot } from '../types.js'
import { useAnswer } from '../use-answer.js'
import { columns, filtersOf, pageSizes, type Column } from '../view.js'
import { Download } from './download.js'
import { Panel, Shown } from './panel.js'
import { Status } from './status.js'

const numeric: ReadonlySet<string> = new Set(['entity_smallholder_id', 'planted_area', 'certified_area'])

/** The plots that match, page by page. */
export function Table () {
  const { view, text } = usePage()
  const fields = [...new Set(['entity_smallholder_id', ...view.columns])].join()
  const request = useRequest('/smallholders', filtersOf(view), { fields, sort: view.sort, page: view.page, pageSize: view.pageSize })
  const answer = useAnswer<Page<Partial<Plot>>>(request)
  return (
    <Panel id='plots' title={text.table} request={request} tools={<ColumnChoice />}>
      <Shown answer={answer} lines={view.pageSize + 1}>
        {({ data, meta }) => meta.total === 0
          ? <p class='note'>{text.empty}</p>
          : (
            <>
              <Rows rows={data} />
              <Pager {...meta} shown={data.length} />
              <Download total={meta.total} />
            </>
            )}
      </Shown>
    </Panel>
  )
}

function Rows ({ rows }: { rows: readonly Partial<Plot>[] }) {
  const { view, change, text } = usePage()
  return (
    <div class='scroll' role='group' tabIndex={0} aria-labelledby='plots-title'>
      <table>
        <thead><tr>{view.columns.map(column => <Head key={column} column={column} />)}</tr></thead>
        <tbody>
          {rows.map(row => {
            const id = String(row.entity_smallholder_id)
            return (
              <tr key={id}>
                {view.columns.map((column, index) => (
                  <td key={column} class={numeric.has(column) ? 'number' : ''}>
                    {index === 0
                      ? <button type='button' class='link' aria-label={`${text.plot} ${id}: ${row[column] ?? ''}`} onClick={() => change({ plot: id })}><Cell row={row} column={column} /></button>
                      : <Cell row={row} column={column} />}
                  </td>
                ))}
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

function Head ({ column }: { column: Column }) {
  const { view, change, text } = usePage()
  const direction = view.sort === column ? 'ascending' : view.sort === `-${column}` ? 'descending' : 'none'
  const next = direction === 'ascending' ? `-${column}` : direction === 'descending' ? '' : column
  return (
    <th scope='col' aria-sort={direction} class={numeric.has(column) ? 'number' : ''}>
      <button type='button' aria-label={text.sortBy(text.fields[column])} onClick={() => change({ sort: next })}>
        {text.fields[column]}<span class={`arrow arrow-${direction}`} aria-hidden='true' />
      </button>
    </th>
  )
}

/** A field of a plot as the page writes it. */
export function Cell ({ row, column }: { row: Partial<Plot>, column: keyof Plot }): ComponentChildren {
  const { format } = usePage()
  const value = row[column]
  if (column === 'cert_status') return <Status status={row.cert_status} />
  if (value === null || value === undefined) return <span class='nothing'>–</span>
  if (column === 'created_at' || column === 'updated_at') return format.moment(String(value))
  return typeof value === 'number' && column.endsWith('_area') ? format.hectares(value) : String(value)
}

function ColumnChoice () {
  const { view, change, text } = usePage()
  const set = (column: Column) => {
    const chosen = columns.filter(other => other === column ? !view.columns.includes(other) : view.columns.includes(other))
    if (chosen.length > 0) change({ columns: chosen })
  }
  return (
    <details class='menu'>
      <summary class='quiet'>{text.columns}</summary>
      <fieldset>
        <legend class='unseen'>{text.columns}</legend>
        {columns.map(column => (
          <label key={column} class='choice'>
            <input type='checkbox' name='columns' value={column} checked={view.columns.includes(column)} onChange={() => set(column)} />
            {text.fields[column]}
          </label>
        ))}
      </fieldset>
    </details>
  )
}

function Pager ({ page, pages, total, shown }: { page: number, pages: number, total: number, shown: number }) {
  const { view, change, text, format } = usePage()
  const from = (page - 1) * view.pageSize + 1
  const step = (target: number, label: string, sign: string) => (
    <button type='button' class='button' aria-label={label} disabled={target < 1 || target > pages || target === page} onClick={() => change({ page: target })}>{sign}</button>
  )
  return (
    <nav class='pager' aria-label={text.page(format.count(page), format.count(pages))}>
      {step(1, text.first, '«')}
      {step(Math.min(page - 1, pages), text.previous, '‹')}
      <span role='status'>{text.page(format.count(page), format.count(pages))}</span>
      {step(page + 1, text.next, '›')}
      {step(pages, text.last, '»')}
      <span class='note'>{shown === 0 ? '' : text.range(format.count(from), format.count(from + shown - 1), format.count(total))}</span>
      <label>{text.rows}{' '}
        <select value={view.pageSize} onChange={event => change({ pageSize: Number(event.currentTarget.value) })}>
          {pageSizes.map(size => <option key={size} value={size}>{size}</option>)}
        </select>
      </label>
    </nav>
  )
}
