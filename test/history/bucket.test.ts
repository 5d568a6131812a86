import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { startGcsDouble } from '../gcs-double.js'
import { makeFolder, startService } from '../helpers/service.js'
import { objectOf } from '../snapshots/gcs-helpers.js'
import { follow, placeDay } from './days.js'

t.test('the days of a bucket are folded without keeping a copy of each', async t => {
  const folder = await makeFolder(t)
  const double = await startGcsDouble()
  t.after(() => double.close())
  for (const [index, day] of ['20260101', '20260102', '20260103', '20260104'].entries()) {
    await placeDay(folder, { day, records: [{ entity_smallholder_id: 1 }, { entity_smallholder_id: 2, cert_status: index > 1 ? 'EXPIRED' : 'ACTIVE' }], lacking: [] })
    double.objects.insert(objectOf(day), await readFile(join(folder, day, 'all-smallholder.parquet')), {}, { ifGenerationMatch: null })
  }
  const service = await startService(t, { environment: { SNAPSHOT_STORE: 'gs://bucket/snapshots', GCS_ENDPOINT: double.url } })
  await follow(service)
  t.equal((await service.get('/trends')).json.meta.days, 4)
  t.match((await service.get('/changes?from=2026-01-01')).json.data, [{ entity_smallholder_id: 2, changes: { cert_status: ['ACTIVE', 'EXPIRED'] } }])
  const cache = join(service.folder, 'cache')
  const copies = (await readdir(cache)).find(name => name.startsWith('snapshots-')) ?? 'none'
  t.match(await readdir(join(cache, copies)), [/^20260104\./], 'only the day that is served')
})
