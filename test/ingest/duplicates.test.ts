import t from 'tap'
import { readParquet } from '../helpers/parquet.js'
import { startService } from '../helpers/service.js'
import { latestFile, makeRecords } from './helpers.js'

const [sample] = makeRecords(1)
const plot = (id: number, updatedAt: string | null, name: string) => ({ ...sample, entity_smallholder_id: id, updated_at: updatedAt, name })

const records = [
  plot(3, '2024-01-02T00:00:00.000Z', 'later update, earlier position'),
  plot(1, '2024-01-01T00:00:00.000Z', 'same update, earlier position'),
  plot(2, null, 'no update'),
  plot(3, '2024-01-01T00:00:00.000Z', 'earlier update'),
  plot(1, '2024-01-01T00:00:00.000Z', 'same update, later position'),
  plot(2, '1999-01-01T00:00:00.000Z', 'some update'),
  plot(4, 'no time', 'unreadable update, earlier position'),
  plot(4, null, 'no update, later position'),
  plot(5, '2024-01-01T08:00:00+08:00', 'at midnight in UTC'),
  plot(5, '2024-01-01T00:00:00.001Z', 'a millisecond later'),
  plot(6, null, 'alone'),
]

const served = ['same update, later position', 'some update', 'later update, earlier position', 'no update, later position', 'a millisecond later', 'alone']

t.test('both rows of an id stay in the file; the later update is served, then the later position', async t => {
  const service = await startService(t, { records })
  const { json } = await service.ingest()
  t.match(json, { rows: 11, warnings: ['5 rows have an id that another row has too; the latest of each is served'] })
  const rows = await readParquet(await latestFile(service))
  t.strictSame(rows.map(row => [row['entity_smallholder_id'], row['name']]),
    [...records].sort((a, b) => a.entity_smallholder_id - b.entity_smallholder_id).map(record => [record.entity_smallholder_id, record.name]))
  t.strictSame((await service.get('/smallholders')).json.data.map((plot: { name: string }) => plot.name), served)
  t.strictSame((await service.get('/api/osh/all-smallholder')).json.data.data.map((plot: { name: string }) => plot.name), served)
  t.match((await service.get('/snapshots/latest')).json.data.quality, { rows: 11, plots: 6, duplicates: 5 })
  t.equal((await service.get('/smallholders/3')).json.data.name, 'later update, earlier position')
})

t.test('rows that are the same in everything are duplicates too', async t => {
  const service = await startService(t, { records: [records[0], records[0], records[0]] })
  t.equal((await service.ingest()).json.rows, 3)
  t.match((await service.get('/snapshots/latest')).json.data.quality, { rows: 3, plots: 1, duplicates: 2 })
  service.upstream.setRecords([records[0], records[0]])
  t.equal((await service.ingest('?force=true')).json.outcome, 'published', 'one of them less is another content')
})
