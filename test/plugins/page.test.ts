import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import Fastify from 'fastify'
import t from 'tap'
import answerHeaders from '../../src/plugins/answer-headers.js'
import page from '../../src/plugins/page.js'
import problems from '../../src/plugins/problems.js'
import rateLimit from '../../src/plugins/rate-limit.js'
import { makeFolder, startService, type Test } from '../helpers/service.js'

const asset = 'assets/index-1a2b3c.js'

async function servePage (t: Test, files: Record<string, string>) {
  const folder = await makeFolder(t)
  await mkdir(join(folder, 'assets'))
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  const app = Fastify()
  for (const plugin of [answerHeaders, problems]) {
    if (plugin === problems) await app.register(rateLimit, { perMinute: 0 })
    await app.register(plugin)
  }
  await app.register(page, { folder })
  t.after(() => app.close())
  return app
}

const built = { 'index.html': '<!doctype html><title>osh-api</title>', [asset]: 'const plain = 1', [`${asset}.br`]: 'as brotli', [`${asset}.gz`]: 'as gzip' }

t.test('a browser gets the page at the root, asked for again each time but sent only where it has changed', async t => {
  const app = await servePage(t, built)
  const answer = await app.inject({ url: '/', headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } })
  t.equal(answer.statusCode, 200)
  t.match(answer.headers['content-type'], /^text\/html/)
  t.equal(answer.headers['cache-control'], 'no-cache')
  t.match(answer.headers['vary'], /Accept\b/)
  t.equal(answer.body, built['index.html'])
  const known = await app.inject({ url: '/', headers: { accept: 'text/html', 'if-none-match': String(answer.headers['etag']) } })
  t.equal(known.statusCode, 304)
  const head = await app.inject({ method: 'HEAD', url: '/' })
  t.same([head.statusCode, head.body, head.headers['content-length']], [200, '', String(built['index.html'].length)])
})

t.test('a program that asks for JSON at the root is led to the OpenAPI document', async t => {
  const app = await servePage(t, built)
  const { statusCode, headers } = await app.inject({ url: '/', headers: { accept: 'application/json' } })
  t.same([statusCode, headers['location']], [302, '/openapi.json'])
})

t.test('the page may load and call this service and nothing else', async t => {
  const app = await servePage(t, built)
  for (const url of ['/', `/${asset}`]) {
    const { headers } = await app.inject(url)
    const policy = new Map(String(headers['content-security-policy']).split(';').map(directive => directive.split(/ (.*)/s).slice(0, 2).map(String) as [string, string]))
    t.equal(policy.get('default-src'), '\'none\'', url)
    t.equal(policy.get('frame-ancestors'), '\'none\'', url)
    for (const directive of ['script-src', 'style-src', 'connect-src', 'worker-src']) t.equal(policy.get(directive), '\'self\'', `${directive} of ${url}`)
    t.equal(headers['cross-origin-resource-policy'], 'same-origin', url)
    t.equal(headers['x-content-type-options'], 'nosniff', url)
  }
})

t.test('what is named by its content is kept for ever, and sent compressed to those who take it', async t => {
  const app = await servePage(t, built)
  for (const [encoding, body] of [['br', 'as brotli'], ['gzip', 'as gzip'], ['identity', 'const plain = 1']]) {
    const answer = await app.inject({ url: `/${asset}`, headers: { 'accept-encoding': String(encoding) } })
    t.equal(answer.body, body)
    t.match(answer.headers['content-type'], /javascript/)
    t.equal(answer.headers['content-encoding'], encoding === 'identity' ? undefined : encoding)
    t.equal(answer.headers['cache-control'], 'public, max-age=31536000, immutable')
    t.match(answer.headers['vary'], /accept-encoding/i)
  }
})

t.test('a file that is not there is a 404 problem, and none outside of the folder can be had', async t => {
  const app = await servePage(t, built)
  for (const url of ['/assets/none.js', '/assets/', '/assets/..%2findex.html', '/assets/../../package.json']) {
    const { statusCode, headers } = await app.inject(url)
    t.same([statusCode, headers['content-type']?.toString().split(';')[0]], [404, 'application/problem+json'], url)
  }
})

t.test('where the page is not built, the service works and the root says what to do', async t => {
  const app = await servePage(t, {})
  const { statusCode, headers, body } = await app.inject({ url: '/', headers: { accept: 'text/html' } })
  t.equal(statusCode, 404)
  t.match(headers['content-type'], /^application\/problem\+json/)
  t.match(JSON.parse(body), { code: 'OSH_ROUTE_NOT_FOUND', detail: /npm run build/ })
})

t.test('the whole service takes GET and HEAD at the root and no other method', async t => {
  const service = await startService(t)
  const { status, headers } = await service.get('/', { method: 'DELETE' })
  t.equal(status, 405)
  t.equal(headers.get('allow'), 'GET, HEAD')
})
