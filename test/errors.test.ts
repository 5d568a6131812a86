import t from 'tap'
import { OshError, problems } from '../src/errors.js'

t.test('an error carries the status and the title of its row in the table', async t => {
  const error = new OshError('OSH_SNAPSHOT_REPLACED', 'list again')
  t.equal(error.status, problems.OSH_SNAPSHOT_REPLACED.status)
  t.equal(error.title, problems.OSH_SNAPSHOT_REPLACED.title)
  t.equal(error.message, 'list again')
})

t.test('every title is one of a kind, so that a reader can tell errors apart', async t => {
  const titles = Object.values(problems).map(problem => problem.title)
  t.equal(new Set(titles).size, titles.length)
})
