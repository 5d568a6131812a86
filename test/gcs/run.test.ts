import t from 'tap'
import { startCommand } from '../helpers/command.js'

for (const args of [[], ['--endpoint', 'nonsense'], ['--endpoint'], ['--bucket'], ['--other', 'x'], ['x']]) {
  t.test(`test:gcs ${args.join(' ') || 'without arguments'} says what it takes, in one line`, async t => {
    const { code, stdout, stderr } = await startCommand('test/gcs/run.ts', args, {}).ended
    t.equal(code, 1)
    t.equal(stdout, '')
    t.match(stderr, /^Say against which server: npm run test:gcs -- --endpoint URL .* or --bucket NAME .*\.\n$/)
  })
}

t.test('test:gcs says so when no server answers', async t => {
  const { code, stderr } = await startCommand('test/gcs/run.ts', ['--endpoint', 'http://127.0.0.1:1'], {}).ended
  t.equal(code, 1)
  t.match(stderr, /^The bucket suite could not run: http:\/\/127\.0\.0\.1:1 does not answer\n$/)
})
