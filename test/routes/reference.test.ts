import t from 'tap'
import { modelSchemes, modelStates } from '../helpers/model.js'
import { startService } from '../helpers/service.js'

t.test('the reference lists', async t => {
  const service = await startService(t)

  await t.test('GET /states lists upstream\'s sixteen states with their ids', async t => {
    const { status, json } = await service.get('/states')
    t.equal(status, 200)
    t.strictSame(json, { data: [...modelStates].map(([stateId, state]) => ({ stateId, state })), meta: { total: 16 }, links: { self: '/states' } })
  })

  await t.test('GET /schemes lists what scheme= takes, with full names', async t => {
    const { json } = await service.get('/schemes')
    t.strictSame(json.data.map((scheme: { scheme: string }) => scheme.scheme).sort(), [...modelSchemes, 'OTHER'].sort())
    t.ok(json.data.every((scheme: { name: string }) => scheme.name.length > 5))
    t.match(json.data.find((scheme: { scheme: string }) => scheme.scheme === 'FELCRA'), { name: 'Federal Land Consolidation and Rehabilitation Authority' })
  })

  await t.test('they may be cached and need no snapshot', async t => {
    for (const path of ['/states', '/schemes']) t.match((await service.get(path)).headers.get('cache-control'), /^public, max-age=\d+/)
  })

  await t.test('they take no parameters', async t => {
    const { status, json } = await service.get('/states?page=1')
    t.same([status, json.errors[0].parameter], [400, 'page'])
  })
})
