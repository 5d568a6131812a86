import fc from 'fast-check'
import t from 'tap'
import { backoffDelayMs, parseRetryAfterMs, startDeadline } from '../../src/upstream/retry.js'

t.test('a backoff lies between nothing and the doubled base, and never above 30 s', async t => {
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
  fc.assert(fc.property(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 0, max: 60_000 }), random, (attempt, baseMs, chance) => {
    const delayMs = backoffDelayMs(attempt, baseMs, () => chance)
    return delayMs >= 0 && delayMs <= 30_000 && delayMs <= baseMs * 2 ** (attempt - 1)
  }))
  t.equal(backoffDelayMs(3, 500, () => 0.5), 1000)
  t.equal(backoffDelayMs(5000, 0, () => 0.5), 0)
})

t.test('Retry-After in seconds is read as it was meant', async () => {
  fc.assert(fc.property(fc.nat(999_999_999), seconds => parseRetryAfterMs(` ${seconds} `, new Date()) === seconds * 1000))
})

t.test('Retry-After as a date is the time until then, or nothing once it has passed', async () => {
  const date = fc.date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
  fc.assert(fc.property(date, date, (at, now) => {
    const wholeSecond = Math.floor(at.getTime() / 1000) * 1000
    return parseRetryAfterMs(at.toUTCString(), now) === Math.max(0, wholeSecond - now.getTime())
  }))
})

t.test('a Retry-After that is neither form is ignored', async t => {
  for (const header of [undefined, '', '-1', '1.5', '1e3', 'soon', '9'.repeat(40), 'Foo, 99 Bar 2026 25:00:00 GMT']) {
    t.equal(parseRetryAfterMs(header, new Date()), undefined, String(header))
  }
})

t.test('a deadline ends with whichever comes first: its time or the caller', async t => {
  const timeout = new Error('time')
  const caller = new AbortController()
  const early = startDeadline(60_000, timeout, caller.signal)
  t.ok(early.remainingMs() > 59_000 && early.remainingMs() <= 60_000)
  caller.abort('caller')
  t.equal(early.signal.reason, 'caller')
  early.stop()
  const endless = startDeadline(1e12, timeout)
  const late = startDeadline(5, timeout)
  await new Promise(resolve => { late.signal.addEventListener('abort', resolve) })
  t.equal(late.signal.reason, timeout)
  t.notOk(endless.signal.aborted, 'however far away')
  endless.stop()
})
