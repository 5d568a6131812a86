import t from 'tap'
import { makeRecords, until } from '../ingest/helpers.js'
import { startService, type Service } from '../helpers/service.js'

const base = makeRecords(300)
const requests = 5000
const inFlight = 40
const swaps = 15

/** Each version has its number in every row, and as many rows more than 200. */
const version = (number: number) => base.slice(0, 200 + number).map(record => ({ ...record, name: `version ${number}` }))

const paths = ['/smallholders?fields=name&pageSize=50', '/smallholders?fields=name&sort=-certified_area&page=5', '/aggregates', '/smallholders?q=version&fields=name&pageSize=1', '/api/osh/all-smallholder?pageSize=3']

interface Observation { snapshot: string | undefined, version: number }

/** Which version an answer is of; throws where it is of more than one. */
async function observe (service: Service, path: string): Promise<Observation> {
  const { status, text, json } = await service.get(path)
  if (status !== 200) throw new Error(`${path} answers ${status} ${text.slice(0, 200)}`)
  const numbers = new Set((text.match(/version \d+/g) ?? []).map(name => Number(name.slice(8))))
  if (json.meta?.total !== undefined && path.startsWith('/smallholders')) numbers.add(json.meta.total - 200)
  if (path === '/aggregates') numbers.add(json.data[0].smallholders - 200)
  const [number = -1, ...others] = numbers
  if (others.length > 0 || number < 0) throw new Error(`${path} mixes ${[...numbers].join(', ')}`)
  return { snapshot: json.meta?.snapshot, version: number }
}

t.test(`${requests} requests while ingests swap snapshots: no error, and each answer is of one snapshot`, async t => {
  const service = await startService(t, { records: version(0) })
  const versions = new Map<string, number>([[(await service.ingest()).json.snapshot, 0]])
  const observations: Observation[] = []
  let next = 0
  const client = async () => {
    for (let request = next++; request < requests; request = next++) observations.push(await observe(service, paths[request % paths.length] ?? ''))
  }
  const clients = Promise.all(Array.from({ length: inFlight }, client))
  for (let number = 1; number <= swaps; number++) {
    await Promise.race([clients, until(() => observations.length >= number * requests / (swaps + 1))])
    service.upstream.setRecords(version(number))
    const { status, json } = await service.ingest()
    t.equal(status, 201)
    versions.set(json.snapshot, number)
    const later = await observe(service, '/aggregates')
    t.ok(later.version >= number, 'what an ingest published is served when it answers')
  }
  await clients
  t.equal(observations.length, requests)
  const wrong = observations.filter(({ snapshot, version }) => snapshot !== undefined && versions.get(snapshot) !== version)
  t.strictSame(wrong, [])
  const seen = new Set(observations.map(({ version }) => version))
  t.comment(`${versions.size} snapshots were published, ${seen.size} of them seen`)
  t.ok(seen.size > 3)
})
