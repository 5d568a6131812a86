import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { startServer } from './helpers/server.js'
import { until } from './ingest/helpers.js'

interface Received {
  paths: string[]
  /** All bodies as text. */
  text: string
  // What an OTLP/HTTP exporter sends as JSON.
  spans: { name: string, kind: number, traceId: string, attributes: { key: string, value: Record<string, unknown> }[] }[]
}

/** A collector that takes traces by OTLP over HTTP. */
async function startCollector (t: Test): Promise<{ url: string, received: Received }> {
  const received: Received = { paths: [], text: '', spans: [] }
  const server = createServer((request, response) => {
    received.paths.push(request.url ?? '')
    json(request).then((body: any) => { // eslint-disable-line @typescript-eslint/no-explicit-any -- the shape is OTLP's
      received.text += JSON.stringify(body)
      for (const resource of body.resourceSpans) for (const scope of resource.scopeSpans) received.spans.push(...scope.spans)
      response.setHeader('content-type', 'application/json')
      response.end('{}')
    }, () => response.writeHead(400).end())
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, received }
}

const attributesOf = ({ attributes }: Received['spans'][number]) => Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))

t.test('each request is a span named after its route, and nothing that was asked is sent', async t => {
  const { url, received } = await startCollector(t)
  const server = await startServer(t, { OTEL_EXPORTER_OTLP_ENDPOINT: `${url}/`, OTEL_SERVICE_NAME: 'osh-test' })
  const parent = '0af7651916cd43dd8448eb211c80319c'
  for (const path of ['/states', '/smallholders/ZULKIFLI?fields=ZULKIFLI', '/smallholders?q=ZULKIFLI&scheme=ZULKIFLI', '/ZULKIFLI']) {
    await fetch(`${server.url}${path}`, { headers: { traceparent: `00-${parent}-b7ad6b7169203331-01` } })
  }
  server.kill('SIGTERM')
  t.equal((await server.ended).code, 0)
  await until(() => received.spans.length >= 4)
  t.strictSame(new Set(received.paths), new Set(['/v1/traces']))
  t.same(received.spans.map(({ name }) => name).sort(), ['GET /smallholders', 'GET /smallholders/:id', 'GET /states', 'GET none'])
  for (const span of received.spans) t.equal(span.traceId, parent, 'it belongs to the caller\'s trace')
  const states = received.spans.find(({ name }) => name === 'GET /states')
  t.match(states && attributesOf(states), { 'http.route': '/states', 'url.path': '/states', 'http.request.method': 'GET' })
  t.match(received.text, 'osh-test')
  t.notMatch(received.text, 'ZULKIFLI')
})

// Prints how many modules of OpenTelemetry are there when the process ends, besides its interface, which prom-client loads.
const tell = `
  import Module from 'node:module'
  process.on('exit', () => {
    const names = Object.keys(Module._cache)
    process.stderr.write(\`loaded: \${names.filter(name => /@opentelemetry.(?!api\\b)|@fastify.otel/.test(name)).length} of \${names.length}\`)
  })`

t.test('nothing of OpenTelemetry is loaded where nobody wants traces', async t => {
  const { url } = await startCollector(t)
  const loaded = async (environment: Record<string, string>) => {
    const server = await startServer(t, { NODE_OPTIONS: `--import "data:text/javascript,${encodeURIComponent(tell)}"`, ...environment })
    await fetch(`${server.url}/states`)
    server.kill('SIGTERM')
    const [, ours, all] = /loaded: (\d+) of (\d+)/.exec((await server.ended).stderr) ?? []
    return { ours: Number(ours), all: Number(all) }
  }
  const without = await loaded({})
  t.equal(without.ours, 0)
  t.ok(without.all > 100, 'other modules are seen')
  t.ok((await loaded({ OTEL_EXPORTER_OTLP_ENDPOINT: url })).ours > 0)
})

t.test('a collector out of reach harms no request', async t => {
  const server = await startServer(t, { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' })
  t.equal((await fetch(`${server.url}/states`)).status, 200)
  server.kill('SIGTERM')
  t.equal((await server.ended).code, 0)
})
