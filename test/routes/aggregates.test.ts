import t from 'tap'
import { makeRegister } from '../../demo/register.js'
import { modelPlots } from '../helpers/model.js'
import { startService } from '../helpers/service.js'
import { dimensionNames, modelFields, modelSort, modelTotals, keyColumns, type Row } from '../query/model-rows.js'

const register = makeRegister({ size: 2000 })
const plots = modelPlots(register)
const totals = ['smallholders', 'planted_area', 'certified_area', 'active', 'expired', 'delayed', 'other']

t.test('GET /aggregates', async t => {
  const service = await startService(t, { records: register })
  await service.ingest()

  await t.test('without by is one row, the grand total', async t => {
    const { json } = await service.get('/aggregates')
    t.strictSame(json.data, modelTotals(plots, []))
    t.match(json.meta, { total: 1, page: 1, pageSize: 1000, pages: 1, by: [] })
    t.equal((await service.get('/smallholders')).json.meta.total, json.data[0].smallholders)
  })

  await t.test('the grand total of nothing is a row of zeros', async t => {
    t.strictSame((await service.get('/aggregates?q=nobody%20has%20this%20name')).json.data, [Object.fromEntries(totals.map(name => [name, 0]))])
    t.strictSame((await service.get('/aggregates?by=state&q=nobody%20has%20this%20name')).json.data, [], 'and its groups are none')
  })

  for (const by of [...dimensionNames, 'state,scheme', 'scheme,state', 'district,cert_status', 'state,district', 'scheme,cert_status,state']) {
    await t.test(`by=${by} has the groups, keys and sums of the model, in the order of its keys`, async t => {
      const { json } = await service.get(`/aggregates?by=${by}`)
      const dimensions = by.split(',')
      const expected = modelSort(modelTotals(plots, dimensions), undefined, keyColumns(dimensions))
      t.strictSame(Object.keys(json.data[0]), [...keyColumns(dimensions), ...totals])
      t.strictSame([json.meta.total, json.meta.by], [expected.length, dimensions])
      const keys = (rows: readonly Row[]) => JSON.stringify(modelFields(rows, [...keyColumns(dimensions), 'smallholders', 'active', 'other']))
      t.equal(keys(json.data), keys(expected).slice(0, keys(json.data).length))
      t.ok(json.data.every((row: Row, index: number) => Math.abs(Number(row['certified_area']) - Number(expected[index]?.['certified_area'])) < 1e-6), 'areas')
    })
  }

  await t.test('sort orders by totals or keys, descending with -', async t => {
    for (const sort of ['-certified_area', 'smallholders,-state', '-state', 'other,active']) {
      const { json } = await service.get(`/aggregates?by=state&sort=${sort}`)
      t.strictSame(json.data, modelSort(modelTotals(plots, ['state']), sort, ['stateId', 'state']), sort)
    }
  })

  await t.test('groups are paged, and the pages joined are all groups', async t => {
    const whole = (await service.get('/aggregates?by=entity&sort=-smallholders')).json
    const rows: Row[] = []
    for (let link = '/aggregates?by=entity&sort=-smallholders&pageSize=50'; link !== null;) {
      const { json } = await service.get(link)
      rows.push(...json.data)
      link = json.links.next
    }
    t.equal(JSON.stringify(rows), JSON.stringify(whole.data))
    t.equal(rows.length, whole.meta.total)
  })

  await t.test('takes the filters of plots', async t => {
    for (const query of ['state=1', 'scheme__ne=FELDA', 'planted_area__gte=3', 'q=felda', 'has_location=false']) {
      const { json } = await service.get(`/aggregates?${query}`)
      t.equal(json.data[0].smallholders, (await service.get(`/smallholders?${query}`)).json.meta.total, query)
    }
  })

  await t.test('/aggregates/states is by=state, and /aggregates/schemes is by=scheme', async t => {
    for (const [path, by] of [['states', 'state'], ['schemes', 'scheme']]) {
      const [short, long] = [await service.get(`/aggregates/${path}?cert_status=ACTIVE&sort=-smallholders`), await service.get(`/aggregates?by=${by}&cert_status=ACTIVE&sort=-smallholders`)]
      t.strictSame([short.json.data, short.json.meta], [long.json.data, long.json.meta])
      t.match(short.json.links.self, new RegExp(`^/aggregates/${path}\\?`))
    }
  })

  await t.test('other counts what is neither ACTIVE, EXPIRED nor DELAYED', async t => {
    const { json } = await service.get('/aggregates?by=cert_status')
    for (const row of json.data) t.equal(row.other, ['ACTIVE', 'EXPIRED', 'DELAYED'].includes(row.cert_status) ? 0 : row.smallholders, row.cert_status)
  })
})
