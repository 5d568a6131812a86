import { join } from 'node:path'
import t from 'tap'
import { startService } from '../helpers/service.js'
import { follow, placeDay, readHistory, removeDay, type SmallDay } from './days.js'

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

const plot = { entity_smallholder_id: 1 }
// One that changes and leaves before the column is known, and comes back.
const visitor = { entity_smallholder_id: 2 }
const lacking = ['track_id', 'entity_name', 'gps_coordinate_lat', 'state', 'created_at', 'updated_at'] as const
const untilKnown: readonly SmallDay[] = [
  { day: '20260101', records: [plot, visitor], lacking },
  { day: '20260103', records: [plot, { ...visitor, name: 'ALI' }], lacking },
  { day: '20260105', records: [plot], lacking },
  { day: '20260107', records: [plot, visitor], lacking: ['track_id'] },
  { day: '20260109', records: [plot, { ...visitor, track_id: 'T2' }], lacking: [] },
  { day: '20260111', records: [plot, { ...visitor, track_id: 'T2' }], lacking },
  { day: '20260113', records: [{ ...plot, track_id: 'T3' }, visitor], lacking: [] },
]

t.test('a column that becomes known begins no version', async t => {
  const service = await startService(t)
  for (const day of untilKnown) await placeDay(join(service.folder, 'snapshots'), day)
  await follow(service)
  const rows = (await readHistory(service)).map(row => JSON.parse(row))
  t.match(rows, [
    { entity_smallholder_id: 1, first: 20260101, last: 20260111, kind: 'added', track_id: 'T1', scheme: 'FELDA', has_location: true, state: 'Johor' },
    { entity_smallholder_id: 1, first: 20260113, last: null, kind: 'changed', added: 20260101, track_id: 'T3' },
    { entity_smallholder_id: 2, first: 20260101, last: 20260101, track_id: null, scheme: 'OTHER' },
    { entity_smallholder_id: 2, first: 20260103, last: 20260103, kind: 'changed', track_id: null, has_location: false, state: null },
    { entity_smallholder_id: 2, first: 20260107, last: 20260111, kind: 'added', added: 20260107, track_id: 'T2', scheme: 'FELDA' },
    { entity_smallholder_id: 2, first: 20260113, last: null, kind: 'changed', added: 20260107, track_id: 'T1' },
  ])
  t.equal(rows.length, 6)
})

t.test('what became known later is unknown again where an earlier day is replaced, added or removed', async t => {
  for (const day of ['20260103', '20260107', '20260109']) {
    const grown = await startService(t, { folder: t.testdir() })
    const store = join(grown.folder, 'snapshots')
    const fresh = async (name: string) => {
      const service = await startService(t, { folder: grown.folder, environment: { SNAPSHOT_CACHE_DIR: join(grown.folder, name) } })
      await follow(service)
      const rows = await readHistory(service)
      await service.close()
      return rows
    }
    for (const step of untilKnown) await placeDay(store, step)
    await follow(grown)
    const changes: Record<string, () => Promise<void>> = {
      added: () => placeDay(store, { records: [plot], lacking, day: String(Number(day) + 1) }),
      replaced: () => placeDay(store, { records: [plot, visitor], lacking: ['entity_name'], day }),
      removed: () => removeDay(store, day),
    }
    for (const [what, change] of Object.entries(changes)) {
      await change()
      await follow(grown)
      t.strictSame(await readHistory(grown), await fresh(`${what}`), `${day} ${what}`)
    }
    await grown.close()
  }
})
