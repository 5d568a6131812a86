import { copyFile, mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { root } from '../helpers/compiled.js'
import { modelPlots, resolveDuplicates, type DirtyRecord } from '../helpers/model.js'
import { query, quote, type Row } from '../helpers/parquet.js'
import { startService, type Service } from '../helpers/service.js'
import { keyColumns, modelSort, modelTotals } from '../query/model-rows.js'

// The files in test/fixtures/polars, which real polars wrote from records.json.

const fixtures = join(root, 'test/fixtures/polars')
const records: DirtyRecord[] = JSON.parse(await readFile(join(fixtures, 'records.json'), 'utf8'))
const plotCount = resolveDuplicates(records).length

interface Written {
  /** What every record of the file has instead of what records.json has. */
  changes?: DirtyRecord
  missing?: string[]
  further?: string[]
}

const written: Record<string, Written> = {
  usual: {},
  'columns-reversed': {},
  'without-track-id': { changes: { track_id: null }, missing: ['track_id'] },
  'further-columns': { further: ['extra', 'mukimId', 'tags', 'zone'] },
  'nulls-typed-null': { changes: { mpob_no: null } },
  'nulls-typed-integer': { changes: { mpob_no: null } },
  'areas-typed-null': { changes: { planted_area: null, certified_area: null } },
  'ids-32-bit': {},
  'ids-unsigned': {},
  categories: {},
  'date-times': {},
  'without-statistics': {},
  'row-groups': {},
  'large-strings': {},
  dictionaries: {},
  'plain-encoding': {},
}

/** Makes one of the files a day's snapshot. */
async function place (service: Service, day: string, file: string): Promise<void> {
  const folder = join(service.folder, 'snapshots', day)
  await mkdir(folder, { recursive: true })
  await copyFile(join(fixtures, `${file}.parquet`), join(folder, 'all-smallholder.parquet'))
  await service.parts.catalog.refresh()
}

t.test('a file that polars wrote is answered from as from its rows', async t => {
  const service = await startService(t)
  for (const [index, [file, { changes = {}, missing = [], further = [] }]] of Object.entries(written).entries()) {
    const expected = records.map(record => ({ ...record, ...changes }))
    const plots = modelPlots(expected)
    const day = `202001${String(index + 1).padStart(2, '0')}`
    await t.test(file, async t => {
      await place(service, day, file)
      const page = await service.get(`/smallholders?snapshot=${day}&pageSize=1000`)
      t.strictSame(page.json.data, plots)
      t.match(page.json.meta, { date: `2020-01-${day.slice(6)}`, total: plotCount })
      for (const plot of plots) t.strictSame((await service.get(`/smallholders/${plot.entity_smallholder_id}?snapshot=${day}`)).json.data, plot)
      t.strictSame((await service.get(`/aggregates/states?snapshot=${day}`)).json.data, modelSort(modelTotals(plots, ['state']), undefined, keyColumns(['state'])))
      t.strictSame((await service.get('/api/osh/all-smallholder')).json, { data: { page_size: 10, data: resolveDuplicates(expected) } }, 'the drop-in has the latest day')
      const { data } = (await service.get(`/snapshots/${day}`)).json
      t.match(data, { rows: records.length, source: null, quality: { rows: records.length, plots: plotCount, duplicates: 1, withoutId: 0 } })
      t.strictSame(data.quality.missingColumns, missing)
      t.strictSame(data.quality.unknownColumns.sort(), further)
    })
  }
})

for (const file of ['no-rows', 'no-rows-typed-null']) {
  t.test(`a file of polars with ${file} is a day without plots`, async t => {
    const service = await startService(t)
    await place(service, '20200101', file)
    t.match((await service.get('/smallholders')).json, { data: [], meta: { date: '2020-01-01', total: 0, pages: 0 } })
    t.equal((await service.get('/smallholders/474748')).status, 404)
    t.strictSame((await service.get('/aggregates/states')).json.data, [])
    t.strictSame((await service.get('/api/osh/all-smallholder')).json, { data: { page_size: 10, data: [] } })
    t.match((await service.get('/snapshots/20200101')).json.data, { rows: 0, quality: { rows: 0, plots: 0, missingColumns: [] } })
  })
}

t.test('a file without columns, as polars writes of an empty list, cannot be read; the day before it is served', async t => {
  const service = await startService(t)
  await place(service, '20200101', 'usual')
  await place(service, '20200102', 'no-columns')
  t.match((await service.get('/smallholders')).json.meta, { date: '2020-01-01', total: plotCount })
  t.match((await service.get('/smallholders?snapshot=20200102')).json, { status: 503, code: 'OSH_SNAPSHOT_UNREADABLE' })
})

/** Runs the analysts' query, for one state, over all files of a store. */
async function askAllDays (folder: string, option = ''): Promise<Row[]> {
  return await query(`
    SELECT entity_name AS organisation, state, COUNT(*) AS smallholders, round(SUM(CAST(certified_area AS DOUBLE)), 4) AS total_ha
    FROM read_parquet(${quote(`${folder}/*/*.parquet`)}${option}) WHERE state = 'Sarawak' GROUP BY entity_name, state ORDER BY total_ha DESC`)
}

t.test('the analysts\' query runs over all files of polars and ours, whichever comes first', async t => {
  const service = await startService(t, { records: resolveDuplicates(records) })
  const { json } = await service.ingest()
  const folder = join(service.folder, 'snapshots')
  const files = Object.keys(written)
  for (const [index, file] of [...files, 'no-rows', 'no-rows-typed-null'].entries()) await place(service, `202001${String(index + 1).padStart(2, '0')}`, file)
  // Theirs have the duplicate too, of 10.0001 ha; in one of them all areas are null.
  const answer = (mine: number, theirs: number) => [{
    organisation: 'SALCRA BATU KAWA', state: 'Sarawak', smallholders: mine + 2 * theirs, total_ha: Number((mine * 11.0001 + (theirs - 1) * 21.0002).toFixed(4)),
  }]
  t.strictSame(await askAllDays(folder), answer(1, files.length), 'theirs first')

  const oldest = join(folder, '20191231')
  await mkdir(oldest)
  await copyFile(join(folder, json.date.replaceAll('-', ''), 'all-smallholder.parquet'), join(oldest, 'all-smallholder.parquet'))
  t.strictSame(await askAllDays(folder), answer(2, files.length), 'ours first')

  await rm(oldest, { recursive: true })
  await place(service, '20200101', 'areas-typed-null')
  const unnamed = await askAllDays(folder).catch((error: unknown) => String(error))
  t.match(unnamed, /Conversion Error/, 'DuckDB takes the types of the oldest file, here none, for all')
  t.match(await askAllDays(folder, ', union_by_name = true'), [{ smallholders: 1 + 2 * files.length }])
})
