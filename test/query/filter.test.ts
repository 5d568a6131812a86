import t from 'tap'
import { startService } from '../helpers/service.js'
import { fixture } from './fixture.js'
import { filterNames } from './model-filter.js'

const examples: [sentence: string, query: string, ids: number[]][] = [
  ['without a filter all plots are there, each id once', '', [1, 2, 3, 4, 5, 6]],
  ['state takes an id', 'state=1', [1]],
  ['state takes a name', 'state=Johor', [1]],
  ['state takes a name in any case', 'state=pAHANG', [2]],
  ['state finds plots whose state has a name only', 'state=2', [3, 4]],
  ['state finds plots whose state has an id only', 'state=Sabah', [5]],
  ['state takes a list of ids', 'state=1,6', [1, 2]],
  ['state takes a list of ids and names', 'state=1,Pahang', [1, 2]],
  ['state given twice is a list', 'state=1&state=6,10', [1, 2, 5]],
  ['a name with a space may be asked for with a plus', 'state=Negeri+Sembilan', []],
  ['state__ne leaves a state out', 'state__ne=1', [2, 3, 4, 5, 6]],
  ['state__ne leaves all states of a list out', 'state__ne=Kedah,11', [1, 2, 5]],
  ['state and state__ne both have to match', 'state=1,6&state__ne=1', [2]],
  ['district takes an id', 'district=4', [1]],
  ['district takes a name in any case', 'district=kuantan', [2]],
  ['district takes ids and names in one list', 'district=4,Baling', [1, 3]],
  ['district finds a name whatever the id beside it', 'district=KOTA TINGGI', [1, 6]],
  ['an unknown district is an empty result', 'district=Atlantis', []],
  ['a district id beyond all numbers is an empty result', 'district=99999999999999999999', []],
  ['district__ne keeps plots without a district', 'district__ne=4,kuantan,KOTA TINGGI', [3, 4, 5]],
  ['scheme finds an organisation', 'scheme=FELDA', [1]],
  ['scheme ignores case', 'scheme=felda', [1]],
  ['KEDAH is not KEDA', 'scheme=KEDA', [3]],
  ['a name that is nothing but the scheme has it', 'scheme=RISDA', [6]],
  ['scheme=OTHER finds what no scheme claims', 'scheme=OTHER', [4, 5]],
  ['a known scheme without a plot is an empty result', 'scheme=SALCRA', []],
  ['scheme__ne leaves a scheme out', 'scheme__ne=OTHER', [1, 2, 3, 6]],
  ['cert_status ignores case', 'cert_status=active', [2, 4]],
  ['cert_status takes a list', 'cert_status=ACTIVE,DELAYED', [2, 3, 4]],
  ['cert_status takes what upstream has not used before', 'cert_status=SUSPENDED', [5]],
  ['cert_status__ne keeps plots without a status', 'cert_status__ne=ACTIVE', [1, 3, 5, 6]],
  ['entity_code is an equality', 'entity_code=ors3', [3]],
  ['entity_code is no beginning', 'entity_code=ORS', []],
  ['a comma inside a value is written \\,', 'entity_name=Felcra Kampung Baru\\, Fasa 2', [2]],
  ['an escaped comma and a list go together', 'entity_name=RISDA,FELCRA KAMPUNG BARU\\, FASA 2', [2, 6]],
  ['cert_no is an equality', 'cert_no=MYMS3', [3]],
  ['mpob_no is an equality', 'mpob_no=501234567890', [2]],
  ['lot_no is an equality', 'lot_no=PT 12', [2]],
  ['track_id is an equality', 'track_id=mts6', [6]],
  ['entity_smallholder_id takes a list', 'entity_smallholder_id=1,3,77', [1, 3]],
  ['name__icontains finds a part in any case', 'name__icontains=bin', [1, 2]],
  ['% is a character like any other', 'name__icontains=0%25', [3]],
  ['_ is a character like any other', 'name__icontains=m_a', [3]],
  ['_ stands for no other character', 'name__icontains=S_T', []],
  ['a quote is a character like any other', 'name__icontains=o\'b', [4]],
  ['a backslash is a character like any other', 'name__icontains=k\\s', [5]],
  ['an emoji is a character like any other', 'name__icontains=%F0%9F%98%80', [5]],
  ['a duplicate that has been replaced is not found', 'name__icontains=old', []],
  ['entity_name__icontains finds a part', 'entity_name__icontains=keda', [3, 4]],
  ['q looks into name', 'q=siti', [2]],
  ['q looks into entity_name', 'q=lok heng', [1]],
  ['q looks into entity_code', 'q=ors5', [5]],
  ['q looks into cert_no', 'q=myms3', [3]],
  ['q looks into mpob_no', 'q=01234', [2]],
  ['q looks into lot_no', 'q=pt 1', [2]],
  ['q looks into track_id', 'q=mts6', [6]],
  ['q does not look into the state', 'q=Pahang', []],
  ['planted_area__gte includes its bound', 'planted_area__gte=3.952', [1, 3, 5, 6]],
  ['planted_area__gt excludes its bound', 'planted_area__gt=3.952', [3]],
  ['planted_area__lte includes its bound and leaves out what is no number', 'planted_area__lte=2', [2]],
  ['planted_area__lt excludes its bound', 'planted_area__lt=2', []],
  ['certified_area__gte includes its bound', 'certified_area__gte=1.5&certified_area__lte=3', [2]],
  ['certified_area__gt excludes its bound', 'certified_area__gt=0&certified_area__lt=2', [2]],
  ['certified_area__lt finds zero', 'certified_area__lt=0.0001', [5]],
  ['an area may be written with an exponent', 'planted_area__gte=1e1', [3]],
  ['created_at__lt takes a date, which begins at midnight UTC', 'created_at__lt=2025-01-02', [2]],
  ['created_at__gte includes its moment', 'created_at__gte=2025-10-29T03:15:10.612Z', [1, 3, 4, 5, 6]],
  ['created_at__lt excludes its moment', 'created_at__lt=2025-01-01T00:00:00Z', []],
  ['a time with an offset is the same moment', 'created_at__lt=2025-01-01T08:00:01%2B08:00', [2]],
  ['updated_at__gte takes a date', 'updated_at__gte=2025-02-01', [2]],
  ['updated_at__lt takes a date-time', 'updated_at__lt=2025-02-01T00:00:00.000Z', [1, 3, 4, 5, 6]],
  ['mpob_no__isnull=true counts empty text as null', 'mpob_no__isnull=true', [1, 3, 4, 5, 6]],
  ['mpob_no__isnull=false finds the others', 'mpob_no__isnull=false', [2]],
  ['daerahId__isnull finds plots without a district id', 'daerahId__isnull=true', [4]],
  ['planted_area__isnull finds what is no number', 'planted_area__isnull=true', [4]],
  ['certified_area__isnull=false finds numbers, zero included', 'certified_area__isnull=false', [1, 2, 3, 5, 6]],
  ['has_location=true leaves zero and swapped coordinates out', 'has_location=true', [1, 2, 3, 4]],
  ['has_location=false finds them', 'has_location=false', [5, 6]],
  ['bbox is minLon,minLat,maxLon,maxLat', 'bbox=103,3,104,4', [2]],
  ['bbox includes its edges', 'bbox=103.3,3.8,103.3,3.8', [2]],
  ['near finds what lies within radius_m', 'near=103.3,3.8&radius_m=0.5', [2]],
  // 0.1 degrees of latitude are 11,119.5 m.
  ['radius_m is metres on the great circle: not far enough', 'near=103.3,3.9&radius_m=11119', []],
  ['radius_m is metres on the great circle: far enough', 'near=103.3,3.9&radius_m=11120', [2]],
  ['different filters are ANDed', 'state=2&cert_status=ACTIVE&scheme=OTHER', [4]],
]

t.test('each filter finds what the contract says', async t => {
  const service = await startService(t, { records: fixture })
  await service.ingest()
  for (const [sentence, query, ids] of examples) {
    const { status, json } = await service.get(`/smallholders?${query}`)
    t.strictSame([status, json.data?.map((plot: { entity_smallholder_id: number }) => plot.entity_smallholder_id), json.meta?.total], [200, ids, ids.length], sentence)
    const totals = await service.get(`/aggregates?${query}`)
    t.equal(totals.json.data[0].smallholders, ids.length, `${sentence}, in totals too`)
  }
})

t.test('no filter of the contract is without an example', async t => {
  const shown = new Set(examples.flatMap(([, query]) => [...new URLSearchParams(query).keys()]))
  t.strictSame(filterNames.filter(name => !shown.has(name)), [])
})
