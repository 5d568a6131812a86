import fc from 'fast-check'
import t from 'tap'
import { AnswerCache } from '../src/answers.js'

const answer = (body: string) => async () => ({ body, headers: {}, rows: 1 })

t.test('the cache keeps what was used last within its bytes, and gives back what was put in', async () => {
  const limitBytes = 320_000
  const uses = fc.array(fc.record({ key: fc.integer({ min: 0, max: 40 }), size: fc.integer({ min: 0, max: 30_000 }) }), { maxLength: 100 })
  await fc.assert(fc.asyncProperty(uses, async uses => {
    const cache = new AnswerCache(limitBytes)
    for (const { key, size } of uses) {
      const body = `${key}:${'x'.repeat(size)}`
      const ready = await cache.obtain(`${key} ${size}`, answer(body))
      if (String(await ready.encode('identity')) !== body) return false
    }
    const kept = new Set(uses.map(({ key, size }) => `${key} ${size}`).filter(key => cache.find(key) !== undefined))
    const bytes = [...kept].reduce((sum, key) => sum + (cache.find(key)?.sizeBytes ?? 0), 0)
    const last = uses.at(-1)
    return bytes <= limitBytes && (last === undefined || last.size > 8000 || kept.has(`${last.key} ${last.size}`))
  }))
})

t.test('an answer larger than a sixteenth of the cache is given and not kept', async t => {
  const cache = new AnswerCache(160_000)
  const body = 'x'.repeat(10_000)
  t.equal(String(await (await cache.obtain('large', answer(body))).encode('identity')), body)
  t.equal(cache.find('large'), undefined)
})

t.test('a cache may have any size, such as 1B or one that no sixteen divides', async t => {
  for (const limitBytes of [1, 100, 64_000_001]) {
    const ready = await new AnswerCache(limitBytes).obtain('key', answer('body'))
    t.equal(String(await ready.encode('identity')), 'body', String(limitBytes))
  }
})

t.test('an answer that could not be made is made anew the next time', async t => {
  const cache = new AnswerCache(160_000)
  await t.rejects(cache.obtain('key', async () => { throw new Error('no') }), /no/)
  t.equal(String(await (await cache.obtain('key', answer('yes'))).encode('identity')), 'yes')
})
