import t from 'tap'
import { openQuestions, type Questions } from '../../bench/load/questions.js'
import { countSubsets, openMixture } from '../../bench/soak/questions.js'
import { makeRegister } from '../../demo/register.js'
import { startService } from '../helpers/service.js'

const kinds: Questions['kind'][] = ['pages', 'aggregates', 'first', 'deep', 'firstSorted', 'deepSorted']
const draw = (next: () => string, count: number) => Array.from({ length: count }, () => next())

t.test('a stream of questions is the same for its seed and hardly repeats itself', async t => {
  for (const kind of kinds) {
    const paths = draw(openQuestions({ kind, seed: '1' }), 200)
    t.same(draw(openQuestions({ kind, seed: '1' }), 200), paths)
    t.ok(new Set(paths).size >= 199, kind)
    t.not(draw(openQuestions({ kind, seed: '2' }), 1)[0], paths[0])
  }
})

t.test('the service takes every question, and the soak knows the totals', async t => {
  const records = makeRegister({ size: 500, dirt: false })
  const service = await startService(t, { records })
  await service.ingest()
  for (const kind of kinds) {
    for (const path of draw(openQuestions({ kind, seed: '1' }), 30)) t.equal((await service.get(path)).status, 200, path)
  }
  const totals = countSubsets(records)
  t.equal(totals.get(''), 500)
  const next = openMixture('1')
  for (let count = 0; count < 60; count++) {
    const { path, subset } = next()
    const { status, json } = await service.get(path)
    t.equal(status, 200, path)
    if (path.startsWith('/smallholders')) t.equal(json.meta.total, totals.get(subset), path)
  }
})
