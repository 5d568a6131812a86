import { cp, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { startService, type Service } from '../helpers/service.js'
import { record } from './fixture.js'

const early = [record(1), record(2)]
const late = [record(1, { name: 'SOMEBODY ELSE' }), record(3), record(4)]

/** Lays the file of the only day in the store under other days, as other writers of the store do. */
async function copyTo (service: Service, days: readonly string[]): Promise<void> {
  const store = join(service.folder, 'snapshots')
  const [today = ''] = (await readdir(store)).filter(name => /^\d{8}$/.test(name))
  for (const day of days) await cp(join(store, today), join(store, day), { recursive: true })
}

t.test('which snapshot answers', async t => {
  const service = await startService(t, { records: early })
  await service.ingest()
  const replaced: string = (await service.get('/smallholders')).json.meta.snapshot
  await copyTo(service, ['20200110', '20200120'])
  service.upstream.setRecords(late)
  await service.ingest('?force=true')
  const { json: { meta: latest } } = await service.get('/smallholders')
  const total = async (snapshot: string) => (await service.get(`/smallholders?snapshot=${snapshot}`)).json.meta.total

  await t.test('latest is the default', async t => {
    t.equal(latest.total, 3)
    t.same((await service.get('/smallholders?snapshot=latest')).json.meta, latest)
    t.match(latest.snapshot, new RegExp(`^${latest.date.replaceAll('-', '')}\\.[A-Za-z0-9-]+$`), 'and is named with its revision')
  })

  await t.test('a day may be written with and without hyphens, or with its revision', async t => {
    const { json } = await service.get('/smallholders?snapshot=2020-01-10')
    t.match(json.meta, { date: '2020-01-10', total: 2 })
    t.equal(await total('20200110'), 2)
    t.equal(await total(json.meta.snapshot), 2)
    t.equal(await total(latest.snapshot), 3)
  })

  await t.test('every route of data takes it', async t => {
    t.equal((await service.get('/aggregates?snapshot=2020-01-10')).json.data[0].smallholders, 2)
    t.equal((await service.get('/smallholders/2?snapshot=2020-01-10')).json.data.entity_smallholder_id, 2)
    t.equal((await service.get('/smallholders/2')).status, 404)
    t.equal((await service.get('/smallholders/1?snapshot=2020-01-10')).json.data.name, 'A.LATIF BIN BENU')
    t.equal((await service.get('/smallholders/1')).json.data.name, 'SOMEBODY ELSE')
  })

  await t.test('a day that is not there is a 404 that names the nearest days', async t => {
    const expected = [['2020-01-15', '2020-01-10', '2020-01-20'], ['20200101', null, '2020-01-10'], ['2020-01-21', '2020-01-20', latest.date], ['2999-01-01', latest.date, null]] as const
    for (const [day, earlier, later] of expected) {
      const { status, json } = await service.get(`/smallholders?snapshot=${day}`)
      t.same([status, json.code, json.earlier, json.later], [404, 'OSH_SNAPSHOT_NOT_FOUND', earlier, later])
      for (const near of [earlier, later]) if (near !== null) t.match(json.detail, near)
    }
    t.equal((await service.get('/smallholders?snapshot=20200115.abc')).status, 404, 'whatever the revision')
  })

  await t.test('a revision that has been replaced is a 410', async t => {
    t.not(replaced, latest.snapshot)
    for (const path of ['/smallholders', '/smallholders/1', '/aggregates', '/aggregates/states']) {
      const { status, headers, json } = await service.get(`${path}?snapshot=${replaced}`)
      t.same([status, json.code, json.snapshot], [410, 'OSH_SNAPSHOT_REPLACED', latest.snapshot], path)
      t.equal(headers.get('cache-control'), 'no-store')
    }
  })

  await t.test('links bear the exact snapshot, so a walk never mixes two', async t => {
    for (const path of ['/smallholders?pageSize=1', '/smallholders?pageSize=1&snapshot=2020-01-10', '/aggregates?by=entity&pageSize=1', '/smallholders/1']) {
      const { json } = await service.get(path)
      for (const link of [json.links.self, json.links.next]) {
        if (link !== undefined && link !== null) t.equal(new URL(link, service.url).searchParams.get('snapshot'), json.meta.snapshot, path)
      }
    }
  })

  await t.test('latest and a day are cached shortly, an exact revision for ever', async t => {
    const cached = async (snapshot: string) => (await service.get(`/smallholders?snapshot=${snapshot}`)).headers.get('cache-control') ?? ''
    for (const short of ['latest', '2020-01-10', '20200110']) t.match(await cached(short), /^public, max-age=\d{1,3}, stale-while-revalidate=\d+$/)
    t.equal(await cached(latest.snapshot), 'public, max-age=31536000, immutable')
    t.equal((await service.get('/smallholders')).headers.get('content-location'), `/smallholders?snapshot=${latest.snapshot}`)
  })

  await t.test('a new revision has a new ETag', async t => {
    const [old, current] = [await service.get('/smallholders?snapshot=20200110'), await service.get('/smallholders')]
    t.not(old.headers.get('etag'), current.headers.get('etag'))
    t.equal((await service.get('/smallholders', { headers: { 'if-none-match': old.headers.get('etag') ?? '' } })).status, 200)
  })
})
