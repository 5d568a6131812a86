import t from 'tap'
import { dateAfter, writeDays } from '../../demo/days.js'
import { makeRegister } from '../../demo/register.js'
import { query } from '../helpers/parquet.js'
import { startService } from '../helpers/service.js'

t.test('days that other scrapers left, with quirks and gaps, are one register that changes little', async t => {
  const service = await startService(t)
  const store = `${service.folder}/snapshots`
  const days = 120
  const last = await writeDays({ store, register: makeRegister({ size: 400 }), from: '2026-01-01', days })
  await service.parts.catalog.refresh()
  const { json: { data: snapshots } } = await service.get('/snapshots')
  const { json: { data: missing } } = await service.get(`/snapshots?missing=true&to=${dateAfter('2026-01-01', days - 1)}`)
  t.equal(snapshots.length + missing.length, days)
  t.ok(missing.length > 0 && missing.length < days / 10)

  const columnsOf = async (date: string) => (await query(`DESCRIBE SELECT * FROM read_parquet('${store}/${date.replaceAll('-', '')}/all-smallholder.parquet')`)).map(row => `${row['column_name']} ${row['column_type']}`).join()
  const layouts = new Set<string>()
  const plotsOf = async (date: string) => new Map((await service.get(`/smallholders?snapshot=${date}&pageSize=1000`)).json.data.map((plot: { entity_smallholder_id: number }) => [plot.entity_smallholder_id, plot]))
  let before: Map<unknown, unknown> | undefined
  for (const { date } of snapshots.slice(0, 45)) {
    layouts.add(await columnsOf(date))
    const plots = await plotsOf(date)
    const same = [...plots].filter(([id, plot]) => JSON.stringify(before?.get(id)) === JSON.stringify(plot)).length
    t.ok(before === undefined || same > 0.9 * plots.size, `${date}: ${same} of ${plots.size} stay the same`)
    before = plots
  }
  t.ok(layouts.size >= 4, `${layouts.size} layouts`)
  t.notMatch(await columnsOf('2026-01-01'), 'track_id', 'which came later')
  const [latest] = await query(`SELECT count(DISTINCT entity_smallholder_id) AS plots FROM read_parquet('${store}/${snapshots[0].date.replaceAll('-', '')}/all-smallholder.parquet')`)
  t.equal(latest?.['plots'], new Set(last.map(record => record.entity_smallholder_id)).size)
})
