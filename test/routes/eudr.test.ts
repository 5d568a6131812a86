import t from 'tap'
import { makeRegister } from '../../demo/register.js'
import { startService } from '../helpers/service.js'

const plot = { entity_smallholder_id: 1, entity_code: 'ORS1', entity_name: 'FELDA LOK HENG', mpob_no: null, planted_area: '3.9520', certified_area: '3.9520', gps_coordinate_lat: '1.7', gps_coordinate_long: '104.08802', name: 'A "B" BENU', stateId: 1, state: 'Johor', daerahId: 4, daerah: 'KOTA TINGGI', lot_no: '5722', cert_status: 'ACTIVE', cert_no: 'C', created_at: '2025-10-29T03:15:10.612Z', updated_at: '2024-07-24T01:17:06.101Z', track_id: 'T' }

const records = [
  plot,
  { ...plot, entity_smallholder_id: 2, planted_area: '4.0000', cert_status: 'EXPIRED' },
  { ...plot, entity_smallholder_id: 3, planted_area: '4.0001' },
  { ...plot, entity_smallholder_id: 4, planted_area: '0.0000' },
  { ...plot, entity_smallholder_id: 5, planted_area: 'N/A' },
  { ...plot, entity_smallholder_id: 6, gps_coordinate_lat: '104.08802', gps_coordinate_long: '1.7' },
  { ...plot, entity_smallholder_id: 7, gps_coordinate_lat: null, planted_area: '9.0' },
  { ...plot, entity_smallholder_id: 8, gps_coordinate_long: '104.1234567', name: null, lot_no: '', daerah: null },
]

t.test('a geolocation file for due diligence', async t => {
  const { get, ingest } = await startService(t, { records })
  await ingest()

  t.test('has each plot of up to 4 hectares with a coordinate and an area, and invents nothing', async t => {
    const { text, json, headers, status } = await get('/eudr.geojson')
    t.equal(status, 200)
    t.match(text, '"coordinates":[104.088020,1.700000]', 'longitude first, six decimals with trailing zeros')
    t.match(text, '"coordinates":[104.123457,1.700000]')
    t.strictSame(json.features.map(({ properties }: { properties: object }) => properties), [
      { ProducerName: 'A "B" BENU', ProducerCountry: 'MY', ProductionPlace: 'Lot 5722, FELDA LOK HENG, KOTA TINGGI, Johor', Area: 3.952 },
      { ProducerName: 'A "B" BENU', ProducerCountry: 'MY', ProductionPlace: 'Lot 5722, FELDA LOK HENG, KOTA TINGGI, Johor', Area: 4 },
      { ProducerName: 'FELDA LOK HENG', ProducerCountry: 'MY', ProductionPlace: 'FELDA LOK HENG, Johor', Area: 3.952 },
    ])
    t.equal(headers.get('x-eudr-included'), '3')
    t.equal(headers.get('x-eudr-left-out'), 'no_location=2; no_area=2; needs_polygon=1')
    t.match(headers.get('content-disposition'), /filename="eudr_\d{4}-\d\d-\d\d\.geojson"/)
    t.match(headers.get('access-control-expose-headers'), 'X-EUDR-Left-Out')
  })

  t.test('takes every filter, a HEAD and If-None-Match', async t => {
    const { json, headers } = await get('/eudr.geojson?cert_status=EXPIRED')
    t.equal(json.features.length, 1)
    t.equal((await get('/eudr.geojson?cert_status=EXPIRED', { headers: { 'if-none-match': headers.get('etag') ?? '' } })).status, 304)
    t.equal((await get('/eudr.geojson', { method: 'HEAD' })).headers.get('x-eudr-included'), '3')
    t.strictSame((await get('/eudr.geojson?name__icontains=nobody')).json.features, [])
    t.match((await get('/eudr.geojson?part=2')).json, { status: 400, errors: [{ parameter: 'part', detail: 'is beyond the last of 1 parts' }] })
  })

  t.test('comes with a report of what was left out and why', async t => {
    const { json } = await get('/eudr/report')
    t.match(json.data, [
      { entity_smallholder_id: 1, included: true, reason: null, decimals: 1, same_coordinate: 5, cert_status: 'ACTIVE' },
      { entity_smallholder_id: 2, included: true, cert_status: 'EXPIRED' },
      { entity_smallholder_id: 3, included: false, reason: 'needs_polygon' },
      { entity_smallholder_id: 4, included: false, reason: 'no_area' },
      { entity_smallholder_id: 5, included: false, reason: 'no_area' },
      { entity_smallholder_id: 6, included: false, reason: 'no_location', decimals: null, same_coordinate: 0 },
      { entity_smallholder_id: 7, included: false, reason: 'no_location' },
      { entity_smallholder_id: 8, included: true, decimals: 1, same_coordinate: 1 },
    ])
    t.strictSame(json.meta.summary, { included: 3, left_out: { no_location: 2, no_area: 2, needs_polygon: 1 }, same_coordinate: 2, not_active: 1, decimals: { 1: 3 } })
    t.match((await get('/eudr/report?included=false&sort=-reason')).json, { data: [{ reason: 'no_location' }, { reason: 'no_location' }, { reason: 'no_area' }], meta: { total: 5 } })
    t.match((await get('/eudr/report?included=true&format=csv')).text, /^entity_smallholder_id,.*\r\n1,/)
  })
})

t.test('the report counts the decimals that a coordinate was given with, however its text is written', async t => {
  const texts: readonly (readonly [text: string, decimals: number])[] = [['104.08802', 5], ['104.0880', 4], ['104.', 0], ['104', 0], ['104.08802   ', 5], ['  104.1', 1], ['104.1\t\n', 1], ['1.0408802e2', 5], ['1.0408802E+02', 5], ['10408802e-5', 5], ['104.1e0 ', 1], ['1.04e2', 0], ['0.104e3', 0], ['104.088021e+0', 6]]
  const { get, ingest } = await startService(t, { records: texts.map(([text], index) => ({ ...plot, entity_smallholder_id: index, gps_coordinate_lat: '1.7000000', gps_coordinate_long: text })) })
  await ingest()
  const { data, meta } = (await get('/eudr/report?pageSize=100')).json
  for (const [index, [text, decimals]] of texts.entries()) t.match(data[index], { included: true, decimals }, JSON.stringify(text))
  t.strictSame(meta.summary.decimals, { 0: 4, 1: 3, 4: 1, 5: 5, 6: 1 })
})

t.test('all that match are taken in parts where they are too much for one file', async t => {
  const limit = 20_000
  const { get, ingest } = await startService(t, { records: makeRegister({ size: 700 }), limits: { eudrBytes: limit } })
  await ingest()
  const refused = await get('/eudr.geojson')
  t.equal(refused.status, 400)
  const parts = Number(/part=1 to part=(\d+)/.exec(refused.json.detail)?.[1])
  t.ok(parts > 3)
  const whole = await startService(t, { records: makeRegister({ size: 700 }) })
  await whole.ingest()
  for (const filter of ['', '&state=1', '&scheme=FELDA', '&planted_area__lt=2']) {
    const features: unknown[] = []
    let count = 1
    for (let part = 1; part <= count; part++) {
      const { status, text, json } = await get(`/eudr.geojson?part=${part}${filter}`)
      t.equal(status, 200)
      t.ok(Buffer.byteLength(text) <= limit, `part ${part} is below the limit`)
      features.push(...json.features)
      count = Number(/last of (\d+)/.exec((await get(`/eudr.geojson?part=10000${filter}`)).json.detail)?.[1])
    }
    t.same(features, (await whole.get(`/eudr.geojson?${filter.slice(1)}`)).json.features, `together they are the whole file${filter}`)
  }
})
