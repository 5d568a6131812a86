import t from 'tap'
import type { Answer } from '../helpers/service.js'
import { comparePage, firstPage, registerOf, toPlots, untilNewest, walk } from './answers.js'
import { findLost, plotsOf, snapshotOf, startBucket } from './bucket.js'
import { openUpstream } from './files.js'
import { startProcess, until } from './process.js'
import { randomOf, record, rounds } from './settings.js'

const random = randomOf('replaced')

t.test('a day that another process replaces while its pages are walked', async t => {
  const bucket = await startBucket(t)
  const { objects } = bucket
  const upstream = await openUpstream(t)
  const [reader, writer] = await Promise.all([startProcess(t, { gcs: bucket.url }), startProcess(t, { gcs: bucket.url, upstream: upstream.url })])
  const publish = async (name: string) => {
    upstream.setRecords(registerOf(name, random.int(200, 600)))
    await writer.ingest()
  }
  /** One sentence for each page that is wrong; a page that is no 200 has to be the 410. */
  const findWrongPages = async (pages: readonly Answer[]) => {
    for (const { status, headers, json } of pages.filter(page => page.status !== 200)) {
      t.match({ status, code: json.code, type: headers.get('content-type') }, { status: 410, code: 'OSH_SNAPSHOT_REPLACED', type: /^application\/problem\+json/ })
    }
    const wrong = await Promise.all(pages.filter(page => page.status === 200).map(page => comparePage(page, objects)))
    return wrong.flat()
  }

  for (const round of rounds) {
    t.test(`round ${round}: no page mixes revisions, the walk ends with a 410, and a fresh one gives every plot once`, async t => {
      await publish(`OLD ${round}`)
      await untilNewest([reader], objects)
      const old = objects.newest
      const first = await reader.get(firstPage(random.int(5, 40)))
      const walked = [first]
      const { pages, pageSize } = first.json.meta
      const length = random.int(1, pages - 1)
      while (walked.length < length) walked.push(await reader.get(walked.at(-1)?.json.links.next))
      const { next } = walked.at(-1)?.json.links ?? {}

      // Asked for again and again, before the day is replaced, meanwhile and after.
      const asked: Answer[] = []
      const replaced = until(async () => {
        asked.push(...await Promise.all([reader.get(next), reader.get(first.json.links.last)]))
        return asked.at(-2)?.status === 410
      })
      const startedAt = performance.now()
      await publish(`NEW ${round}`)
      await untilNewest([reader], objects)
      await replaced
      const recoveryMs = performance.now() - startedAt
      const gone = await reader.get(next)
      t.match(gone.json, { status: 410, code: 'OSH_SNAPSHOT_REPLACED', snapshot: snapshotOf(objects.newest) })
      t.notOk(objects.names.some(name => objects.get(name) === old), 'the old revision is gone from the bucket')

      const fresh = await walk(reader, firstPage(pageSize))
      t.ok(fresh.every(({ status, json }) => status === 200 && json.meta.snapshot === snapshotOf(objects.newest)))
      t.strictSame(fresh.flatMap(toPlots), await plotsOf(objects.newest))
      const wrong = await findWrongPages([...walked, ...asked, gone, ...fresh])
      const lost = await findLost(objects)
      t.strictSame([lost, wrong], [[], []])
      await record({ fault: 'a day is replaced while its pages are walked', lost, wrong, recoveryMs })
    })
  }
})
