import t from 'tap'
import { makeRegister } from '../../demo/register.js'
import { upstreamColumns } from '../../schemas/upstream.js'
import { modelPlots, resolveDuplicates, type DirtyRecord } from '../helpers/model.js'
import { startService } from '../helpers/service.js'

const register = makeRegister({ size: 5000 })
const path = '/api/osh/all-smallholder'
const isDecimal = (value: unknown) => typeof value === 'string' && /^\d+(\.\d+)?$/.test(value)
// An area that is no decimal is null, so that analysts' casts go on working.
const served = (record: DirtyRecord): DirtyRecord => ({
  ...record,
  planted_area: isDecimal(record['planted_area']) ? record['planted_area'] : null,
  certified_area: isDecimal(record['certified_area']) ? record['certified_area'] : null
})
const records = resolveDuplicates(register).map(served)
const stateIds = new Map(modelPlots(register).map(plot => [plot.entity_smallholder_id, plot.stateId]))
const inState = (stateId: number) => records.filter(record => stateIds.get(Number(record['entity_smallholder_id'])) === stateId)

t.test('GET /api/osh/all-smallholder, the drop-in for upstream', async t => {
  const service = await startService(t, { records: register })
  await service.ingest()
  const same = async (query: string, expected: readonly DirtyRecord[], pageSize: number) => {
    const { status, json } = await service.get(`${path}${query}`)
    t.same([status, json.data?.data?.length, json.data?.page_size], [200, expected.length, pageSize], `how many: ${query}`)
    t.ok(JSON.stringify(json.data?.data) === JSON.stringify(expected), `which: ${query}`)
  }

  await t.test('without parameters is the whole register as upstream has it, duplicates resolved, in the order of ids', async t => {
    t.ok(records.length < register.length, 'there are duplicates')
    await same('', records, 10)
  })

  await t.test('has upstream\'s envelope and fields, strings as strings', async t => {
    const { json } = await service.get(`${path}?pageSize=1`)
    t.strictSame([Object.keys(json), Object.keys(json.data), Object.keys(json.data.data[0])], [['data'], ['page_size', 'data'], upstreamColumns])
    t.match(json.data.data[0], { entity_smallholder_id: 474748, planted_area: '3.9520', gps_coordinate_lat: '1.70941', stateId: 1, mpob_no: null })
  })

  await t.test('state works, by id, by name and as a list', async () => {
    await same('?state=1', inState(1), 10)
    await same('?state=Pahang', inState(6), 10)
    await same('?state=1,6', records.filter(record => [...inState(1), ...inState(6)].includes(record)), 10)
    await same('?state=16', [], 10)
  })

  await t.test('page and pageSize work, without a limit', async () => {
    await same('?page=1', records.slice(0, 10), 10)
    await same('?page=3', records.slice(20, 30), 10)
    await same('?pageSize=7', records.slice(0, 7), 7)
    await same('?page=2&pageSize=2000', records.slice(2000, 4000), 2000)
    await same('?page=2&pageSize=2001', records.slice(2001, 4002), 2001)
    await same('?pageSize=4000', records.slice(0, 4000), 4000)
    await same('?pageSize=100000', records, 100_000)
    await same('?page=100&pageSize=1000', [], 1000)
    await same('?state=1&page=2&pageSize=50', inState(1).slice(50, 100), 50)
  })

  await t.test('page and pageSize that are no whole number from 1 are refused', async t => {
    for (const query of ['page=0', 'page=x', 'pageSize=0', 'pageSize=-1', 'pageSize=1.5', 'state=99', 'state=']) t.equal((await service.get(`${path}?${query}`)).status, 400, query)
  })

  await t.test('unknown parameters are ignored, as upstream ignores them', async t => {
    for (const query of ['foo=1', 'sort=nothing', 'snapshot=1999', 'fields=name', 'name=x&_=17']) {
      t.equal((await service.get(`${path}?pageSize=3&${query}`)).text, (await service.get(`${path}?pageSize=3`)).text, query)
    }
  })
})
