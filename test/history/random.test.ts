import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { startService, type Service } from '../helpers/service.js'
import { daysUntilKnown, follow, placeDay, readHistory, removeDay, smallDays, type SmallDay } from './days.js'
import { compareDays, historyOf, type Day } from './naive.js'

// `FC_SEED=… npx tap test/history/random.test.ts` repeats a run.
const seed = Number(process.env['FC_SEED'] ?? Date.now() % 2 ** 31)

const toDate = (day: string) => `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}`

function expectSame (found: unknown, wanted: unknown, what: string): void {
  const [a, b] = [JSON.stringify(found, null, 1), JSON.stringify(wanted, null, 1)]
  if (a !== b) throw new Error(`${what}: found ${a}\nbut wanted ${b}`)
}

/** The days as they stand: the last file of each. */
async function readDays ({ get }: Service, steps: readonly SmallDay[]): Promise<Day[]> {
  const standing = new Map(steps.map(step => [step.day, step]))
  return await Promise.all([...standing.values()].sort((a, b) => a.day < b.day ? -1 : 1).map(async ({ day, lacking }) =>
    ({ date: toDate(day), lacking, plots: (await get(`/smallholders?snapshot=${day}&pageSize=1000`)).json.data })))
}

async function startFresh (t: Test, folder: string, name: string): Promise<Service> {
  return await startService(t, { folder, environment: { SNAPSHOT_CACHE_DIR: join(folder, name) } })
}

async function assertChanges ({ get }: Service, days: readonly Day[]): Promise<void> {
  for (const from of days) {
    for (const to of days.filter(({ date }) => date >= from.date)) {
      for (const withUpdates of [false, true]) {
        const path = `/changes?from=${from.date}&to=${to.date}&pageSize=1000${withUpdates ? '&include=updated_at' : ''}`
        const { json } = await get(path)
        const wanted = compareDays(from, to, { withUpdates })
        expectSame(json.data, wanted, path)
        const count = (type: string) => wanted.filter(change => change.type === type).length
        const fields = wanted.flatMap(({ changes }) => Object.keys(changes))
        expectSame([json.meta.summary.added, json.meta.summary.removed, json.meta.summary.changed, json.meta.total], [count('added'), count('removed'), count('changed'), wanted.length], `summary of ${path}`)
        expectSame(Object.entries(json.meta.summary.fields).sort(), [...new Set(fields)].sort().map(field => [field, fields.filter(other => other === field).length]), `fields of ${path}`)
      }
    }
  }
}

async function assertTrends ({ get }: Service, days: readonly Day[]): Promise<void> {
  for (const query of ['', 'by=cert_status', 'by=scheme,cert_status&planted_area__gte=1', 'cert_status=active', 'by=entity&has_location=true', 'by=state', 'state=1']) {
    const wanted: object[] = []
    for (const { date } of days) wanted.push(...(await get(`/aggregates?${query}&snapshot=${date}`)).json.data.map((row: object) => ({ date, ...row })))
    expectSame((await get(`/trends?${query}`)).json.data, wanted, `/trends?${query}`)
    const [from, to] = [days[Math.floor(days.length / 3)]?.date ?? '', days[Math.floor(days.length / 2)]?.date ?? '']
    expectSame((await get(`/trends?${query}&from=${from}&to=${to}`)).json.data, wanted.filter(row => 'date' in row && String(row.date) >= from && String(row.date) <= to), `/trends?${query} from ${from} to ${to}`)
  }
}

async function assertHistories ({ get }: Service, days: readonly Day[]): Promise<void> {
  for (const id of [1, 2, 3, 4, 5]) {
    for (const withUpdates of [false, true]) {
      const wanted = historyOf(days, id, { withUpdates })
      const { status, json } = await get(`/smallholders/${id}/history${withUpdates ? '?include=updated_at' : ''}`)
      expectSame(status, wanted.length === 0 ? 404 : 200, `the status of ${id}`)
      if (status === 200) expectSame(json.data, wanted, `the history of ${id}${withUpdates ? ' with updates' : ''}`)
    }
  }
}

t.test(`random days (FC_SEED=${seed})`, async t => {
  const samples = fc.sample(fc.record({ steps: smallDays, removed: fc.nat({ max: 20 }) }), { seed, numRuns: 4 })
  for (const [index, { steps, removed }] of samples.entries()) {
    await t.test(`register ${index + 1}: ${steps.map(({ day }) => day.slice(-1)).join(' ')}`, async t => {
      let grown = await startFresh(t, t.testdir(), 'grown')
      const store = join(grown.folder, 'snapshots')
      const half = Math.ceil(steps.length / 2)
      for (const [index, step] of steps.entries()) {
        if (index === half) {
          await grown.close()
          grown = await startFresh(t, grown.folder, 'grown')
        }
        await placeDay(store, step)
        await follow(grown)
      }
      const standing = [...new Set(steps.map(({ day }) => day))]
      const gone = standing.length > 1 ? standing[removed % (2 * standing.length)] : undefined
      if (gone !== undefined) {
        await removeDay(store, gone)
        await follow(grown)
      }
      const left = steps.filter(({ day }) => day !== gone)
      const rows = await readHistory(grown)
      t.ok(rows.length > 0)

      const fresh = await startFresh(t, grown.folder, 'fresh')
      t.strictSame(await readHistory(fresh), rows, 'folded from nothing it is the same as folded in two halves, while days came, were replaced and went')
      await fresh.close()
      const again = await startFresh(t, grown.folder, 'fresh')
      t.strictSame(await readHistory(again), rows, 'read from its file it is the same')
      await again.close()

      const days = await readDays(grown, left)
      await assertChanges(grown, days)
      await assertTrends(grown, days)
      await assertHistories(grown, days)
      t.pass('changes, trends and histories are those of a comparison of whole days')
      await grown.close()
      await rm(join(grown.folder, 'fresh'), { recursive: true, force: true })
    })
  }
})

t.test(`a day before the one on which columns become known is folded late (FC_SEED=${seed})`, async t => {
  const samples = fc.sample(daysUntilKnown, { seed, numRuns: 6 })
  for (const [index, steps] of samples.entries()) {
    await t.test(`register ${index + 1}`, async t => {
      t.comment(steps.map(({ day, lacking }) => `${day} ${lacking.join()}`).join(' '))
      const grown = await startFresh(t, t.testdir(), 'grown')
      const store = join(grown.folder, 'snapshots')
      const late = steps.at(-1)
      for (const step of steps.slice(0, -1)) await placeDay(store, step)
      await follow(grown)
      if (late !== undefined) {
        if (late.records.length > 0) await placeDay(store, late)
        else await removeDay(store, late.day).catch(() => undefined)
      }
      await follow(grown)
      const rows = await readHistory(grown)
      const fresh = await startFresh(t, grown.folder, 'fresh')
      t.strictSame(await readHistory(fresh), rows)
      await fresh.close()
      await assertHistories(grown, await readDays(grown, steps.filter(({ day, records }) => day !== late?.day || (records.length > 0 && records === late.records))))
      await grown.close()
    })
  }
})
