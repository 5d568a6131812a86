import fc from 'fast-check'
import t, { type Test } from 'tap'
import { modelPlots } from '../helpers/model.js'
import { startService, type Service } from '../helpers/service.js'
import { plotsQuestion, register, totalsQuestion, type Question } from './arbitraries.js'
import { modelFilter } from './model-filter.js'
import { expectPlots, expectTotals, toQuery, toText, type Expected } from './questions.js'
import { dimensionNames, roundArea } from './model-rows.js'
import type { Plot } from '../../schemas/plot.js'

// `FC_SEED=… npx tap test/query/random.test.ts` repeats a run.
const seed = Number(process.env['FC_SEED'] ?? Date.now() % 2 ** 31)
const registers = fc.sample(register, { seed, numRuns: 4 })

async function assertAnswer (service: Service, path: string, expected: Expected): Promise<void> {
  const { status, json, text } = await service.get(path)
  if (status !== 200) throw new Error(`${path} answers ${status}: ${text.slice(0, 500)}`)
  if (json.meta.total !== expected.total) throw new Error(`${path} finds ${json.meta.total} rows, not ${expected.total}`)
  const rows = toText(json.data)
  if (rows !== expected.rows) throw new Error(`${path} answers\n${rows}\nbut is to answer\n${expected.rows}`)
}

async function assertQuestions (t: Test, question: fc.Arbitrary<Question>, assert: (question: Question) => Promise<void>, numRuns: number): Promise<void> {
  await fc.assert(fc.asyncProperty(question, assert), { seed, numRuns })
  t.pass(`${numRuns} questions`)
}

async function assertWalk (service: Service, plots: readonly Plot[], question: Question): Promise<void> {
  const ids: number[] = []
  const whole = { ...question, fields: ['entity_smallholder_id'], page: 1, pageSize: 17 }
  for (let path: string | null = `/smallholders?${toQuery(whole)}`; path !== null;) {
    const { json }: { json: any } = await service.get(path) // eslint-disable-line @typescript-eslint/no-explicit-any -- a body
    ids.push(...json.data.map((plot: Plot) => plot.entity_smallholder_id))
    path = json.links.next
  }
  const expected = modelFilter(plots, question.filters).map(plot => plot.entity_smallholder_id)
  if (JSON.stringify(ids.sort((a, b) => a - b)) !== JSON.stringify(expected)) throw new Error(`the pages of ${toQuery(whole)} make ${ids.length} plots, not the ${expected.length} that match, once each`)
}

t.test(`random registers (FC_SEED=${seed})`, async t => {
  const service = await startService(t)
  for (const [index, records] of registers.entries()) {
    service.upstream.setRecords(records)
    t.equal((await service.ingest('?force=true')).status, 201, `register ${index + 1} is published`)
    const plots = modelPlots(records)

    await t.test('GET /smallholders answers like the model: filters, order, fields and pages', async t => {
      await assertQuestions(t, plotsQuestion(plots), question => assertAnswer(service, `/smallholders?${toQuery(question)}`, expectPlots(plots, question)), 60)
    })

    await t.test('GET /aggregates answers like the model, whatever it groups by', async t => {
      await assertQuestions(t, totalsQuestion(plots), question => assertAnswer(service, `/aggregates?${toQuery(question)}`, expectTotals(plots, question)), 40)
    })

    await t.test('the pages of a result, joined, are the whole result, each plot once', async t => {
      await assertQuestions(t, plotsQuestion(plots), question => assertWalk(service, plots, question), 6)
    })

    await t.test('the groups of any dimension add up to the grand total', async t => {
      const total = (await service.get('/aggregates')).json.data[0]
      for (const by of dimensionNames) {
        const groups: Record<string, number>[] = (await service.get(`/aggregates?by=${by}`)).json.data
        const sums = Object.fromEntries(Object.keys(total).map(name => [name, roundArea(groups.reduce((sum, group) => sum + (group[name] ?? NaN), 0))]))
        t.same(sums, total, by)
      }
    })

    await t.test('a filter and its __ne part the register in two', async t => {
      const count = async (query: string) => (await service.get(`/smallholders?${query}`)).json.meta.total
      for (const query of ['state=1,Kedah', 'district=4,segamat', 'scheme=FELDA,OTHER', 'cert_status=active,SUSPENDED']) {
        t.equal(await count(query) + await count(query.replace('=', '__ne=')), plots.length, query)
      }
    })
  }
})
