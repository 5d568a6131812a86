import { join } from 'node:path'
import t from 'tap'
import { startService } from '../helpers/service.js'
import { follow, placeDay } from './days.js'

t.test('a plot has a location once both coordinates are known, whichever came first', async t => {
  const service = await startService(t)
  const store = join(service.folder, 'snapshots')
  const records = [{ entity_smallholder_id: 1 }]
  await placeDay(store, { day: '20260101', records, lacking: ['gps_coordinate_long'] })
  await placeDay(store, { day: '20260102', records, lacking: ['gps_coordinate_lat'] })
  await placeDay(store, { day: '20260103', records, lacking: [] })
  await follow(service)
  const { json } = await service.get('/trends?has_location=true')
  t.strictSame(json.data.map(({ smallholders }: { smallholders: number }) => smallholders), [0, 0, 1])
})
