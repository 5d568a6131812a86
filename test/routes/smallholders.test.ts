import t, { type Test } from 'tap'
import { makeRegister } from '../../demo/register.js'
import { plotFields, type Plot } from '../../schemas/plot.js'
import { modelPlots } from '../helpers/model.js'
import { startService } from '../helpers/service.js'

const register = makeRegister({ size: 2000 })
const plots = modelPlots(register)
const idsOf = (plots: readonly Plot[]) => plots.map(plot => plot.entity_smallholder_id)
const sameJson = (t: Test, found: unknown, wanted: unknown, message: string) => t.ok(JSON.stringify(found) === JSON.stringify(wanted), message)

t.test('GET /smallholders', async t => {
  const service = await startService(t, { records: register })
  t.equal((await service.ingest()).status, 201)

  await t.test('?state=1 lists plots in Johor, the published sample first', async t => {
    const { status, json } = await service.get('/smallholders?state=1')
    t.equal(status, 200)
    t.equal(json.data.length, 10)
    t.match(json.data[0], { entity_smallholder_id: 474748, scheme: 'FELDA', planted_area: 3.952, state: 'Johor' })
    t.equal(json.meta.total, plots.filter(plot => plot.stateId === 1).length)
  })

  await t.test('serves a plot as the contract shows it', async t => {
    const { json } = await service.get('/smallholders?entity_smallholder_id=474748')
    t.strictSame(json.data, [{
      entity_smallholder_id: 474748,
      entity_code: 'ORS15721',
      entity_name: 'FELDA LOK HENG BARAT',
      scheme: 'FELDA',
      mpob_no: null,
      planted_area: 3.952,
      certified_area: 3.952,
      gps_coordinate_lat: 1.70941,
      gps_coordinate_long: 104.08802,
      name: 'A.LATIF BIN BENU',
      stateId: 1,
      state: 'Johor',
      daerahId: 4,
      daerah: 'KOTA TINGGI',
      lot_no: '5722',
      cert_status: 'EXPIRED',
      cert_no: 'MYMS12195673',
      created_at: '2025-10-29T03:15:10.612Z',
      updated_at: '2024-07-24T01:17:06.101Z',
      track_id: 'MTS0000014'
    }])
    t.strictSame(Object.keys(json.data[0]), plotFields)
  })

  await t.test('pages by ten in the order of ids unless asked otherwise', async t => {
    const { json } = await service.get('/smallholders')
    t.strictSame(idsOf(json.data), idsOf(plots).slice(0, 10))
    t.match(json.meta, { total: plots.length, page: 1, pageSize: 10, pages: Math.ceil(plots.length / 10) })
    t.match(json.meta.snapshot, /^\d{8}\./)
    t.equal(json.meta.date.replaceAll('-', ''), json.meta.snapshot.split('.')[0])
  })

  await t.test('pages have links, which the Link header repeats', async t => {
    const { json, headers } = await service.get('/smallholders?state=1&page=2&pageSize=5')
    const page = (link: string | null) => link === null ? null : Number(new URL(link, service.url).searchParams.get('page'))
    t.same(Object.entries(json.links).map(([name, link]) => [name, page(link as string | null)]), [['self', 2], ['first', 1], ['prev', 1], ['next', 3], ['last', json.meta.pages]])
    t.equal(headers.get('link'), Object.entries(json.links).map(([relation, link]) => `<${link}>; rel="${relation}"`).join(', '))
    t.equal(new URL(json.links.next, service.url).searchParams.get('state'), '1')
    t.equal((await service.get(json.links.self)).text, (await service.get(json.links.self)).text)
  })

  await t.test('the first page has no prev and the last no next, neither in the body nor in the header', async t => {
    const first = await service.get('/smallholders?pageSize=1000')
    const last = await service.get(first.json.links.last)
    t.same([first.json.links.prev, last.json.links.next], [null, null])
    t.notMatch(first.headers.get('link') ?? '', /rel="prev"/)
    t.notMatch(last.headers.get('link') ?? '', /rel="next"/)
    t.same((await service.get(last.json.links.prev)).json.meta.page, last.json.meta.pages - 1)
  })

  await t.test('walking next from the first page reaches every plot once', async t => {
    for (const query of ['pageSize=300', 'pageSize=300&sort=-state,cert_status', 'pageSize=90&state=1&sort=mpob_no']) {
      const ids: number[] = []
      for (let link = `/smallholders?${query}`; link !== null;) {
        const { json } = await service.get(link)
        ids.push(...idsOf(json.data))
        link = json.links.next
      }
      const expected = idsOf(plots.filter(plot => !query.includes('state=1') || plot.stateId === 1))
      sameJson(t, ids.sort((a, b) => a - b), expected, query)
    }
  })

  await t.test('a page beyond the last is empty and says how many there are', async t => {
    const { status, json } = await service.get('/smallholders?page=5000')
    t.same([status, json.data, json.meta.total, json.meta.page, json.links.next], [200, [], plots.length, 5000, null])
    t.same((await service.get(json.links.prev)).json.data.length > 0, true, 'its prev leads back to plots')
  })

  await t.test('an empty result is a page too', async t => {
    const { status, json } = await service.get('/smallholders?q=nobody%20has%20this%20name')
    t.match(json.meta, { total: 0, page: 1, pages: 0 })
    t.same([status, json.data, json.links.prev, json.links.next], [200, [], null, null])
    t.equal((await service.get(json.links.last)).status, 200)
  })

  await t.test('pageSize goes up to 1000; more is refused, never cut', async t => {
    t.equal((await service.get('/smallholders?pageSize=1000')).json.data.length, 1000)
    const { status, json } = await service.get('/smallholders?pageSize=1001')
    t.equal(status, 400)
    t.match(json.errors, [{ parameter: 'pageSize', detail: /1000/ }])
  })

  await t.test('fields are those asked for', async t => {
    for (const fields of ['name', 'state,planted_area', 'track_id,name,scheme', [...plotFields].reverse().join(',')]) {
      const { json } = await service.get(`/smallholders?fields=${fields}&pageSize=3`)
      t.same(json.data.map((plot: object) => Object.keys(plot).sort().join()), Array(3).fill(fields.split(',').sort().join()), fields)
    }
    t.same(Object.keys((await service.get('/smallholders?fields=name&fields=state')).json.data[0]), ['name', 'state'], 'repeated, too')
  })

  await t.test('sort takes fields, with - from the top, and puts nulls last', async t => {
    const areas = async (sort: string, page: string): Promise<(number | null)[]> =>
      (await service.get(`/smallholders?sort=${sort}&fields=certified_area&pageSize=1000&${page}`)).json.data.map((plot: Plot) => plot.certified_area)
    const known = plots.flatMap(plot => plot.certified_area ?? []).sort((a, b) => a - b)
    t.strictSame((await areas('certified_area', 'page=1')).slice(0, 5), known.slice(0, 5))
    t.strictSame((await areas('-certified_area', 'page=1')).slice(0, 5), known.slice(-5).reverse())
    for (const sort of ['certified_area', '-certified_area']) t.equal((await areas(sort, 'page=2')).at(-1), null, sort)
  })

  await t.test('plots that are equal in every key are in the order of ids, up or down', async t => {
    for (const sort of ['state', '-state']) {
      const { json } = await service.get(`/smallholders?sort=${sort}&state=1&pageSize=1000`)
      sameJson(t, idsOf(json.data), idsOf(plots.filter(plot => plot.stateId === 1)).slice(0, 1000), sort)
    }
    t.strictSame(idsOf((await service.get('/smallholders?sort=-entity_smallholder_id')).json.data), idsOf(plots).slice(-10).reverse())
  })
})

t.test('GET /smallholders/{id}', async t => {
  const service = await startService(t, { records: register })
  await service.ingest()

  await t.test('answers with the plot and where it is from', async t => {
    const { status, json } = await service.get('/smallholders/474748')
    t.equal(status, 200)
    t.strictSame(json.data, (await service.get('/smallholders?entity_smallholder_id=474748')).json.data[0])
    t.strictSame(Object.keys(json.meta), ['snapshot', 'date'])
    t.equal((await service.get(json.links.self)).text, (await service.get(`/smallholders/474748?snapshot=${json.meta.snapshot}`)).text)
  })

  await t.test('a plot that is not there is a 404', async t => {
    const { status, headers, json } = await service.get('/smallholders/1')
    t.same([status, json.code, headers.get('cache-control')], [404, 'OSH_PLOT_NOT_FOUND', 'no-store'])
  })
})
