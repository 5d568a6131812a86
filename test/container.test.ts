import { access, readFile } from 'node:fs/promises'
import t from 'tap'
import { parse } from 'yaml'
import { upstreamPath } from '../demo/upstream.js'
import { ConfigSchema, readConfig } from '../src/config.js'
import { parseGcsUrl } from '../src/snapshots/gcs.js'
import { startService } from './helpers/service.js'

interface ComposeService {
  environment?: Record<string, string>
  command?: string[]
  image: string
  tmpfs?: string[]
  read_only?: boolean
  ports?: string[]
  depends_on?: Record<string, unknown>
}

const compose: { services: Record<string, ComposeService> } = parse(await readFile('docker-compose.yml', 'utf8'), { merge: true })
const { service, storage, upstream } = compose.services
const dockerfile = (await readFile('Dockerfile', 'utf8')).replaceAll(/ *\\\n */g, ' ').split('\n').filter(line => !/^(#|$)/.test(line))
const stages = dockerfile.join('\n').split(/^FROM /m).slice(1)

const linesOf = (instruction: string, lines = dockerfile) =>
  lines.filter(line => line.startsWith(`${instruction} `)).map(line => line.slice(instruction.length + 1))

const environmentOf = (text: string) => Object.fromEntries(text.split(' ').map(pair => pair.split(/=(.*)/s).slice(0, 2)))
const imageEnvironment: Record<string, string> = environmentOf(linesOf('ENV').join(' '))
const defaultOf = (value: string) => value.replace(/^\$\{\w+:-(.*)\}$/, '$1')

/** The source of a compiled file. */
const sourceOf = (path: string) => path.replace(/^dist\/(.*)\.js$/, '$1.ts')

t.test('the image copies what there is, and .dockerignore leaves that and nothing else', async t => {
  const copied = linesOf('COPY').filter(line => !line.startsWith('--from')).flatMap(line => line.split(' ').slice(0, -1))
  for (const path of copied) await t.resolves(access(path), path)
  const ignore = (await readFile('.dockerignore', 'utf8')).split('\n').filter(line => !/^(#|$)/.test(line))
  t.strictSame(ignore, ['*', ...copied.map(path => `!${path}`)])
})

t.test('the image holds what its first stage made, and starts what is compiled from source', async t => {
  const kept = linesOf('COPY', stages.at(-1)?.split('\n')).map(line => line.replace(/^--from=build \/app\//, '').split(' ')[0])
  t.strictSame(kept, ['package.json', 'node_modules', 'dist'])
  const commands = [JSON.parse(linesOf('CMD')[0] ?? 'null'), service?.command, upstream?.command].filter(command => command !== undefined)
  t.equal(commands.length, 2)
  for (const [program, file] of commands) {
    t.equal(program, 'node')
    await t.resolves(access(sourceOf(file)), file)
  }
})

t.test('the image runs on a Node that the service supports, the same in both stages, and not as root', async t => {
  const { engines }: { engines: { node: string } } = JSON.parse(await readFile('package.json', 'utf8'))
  const least = Number(/\d+/.exec(engines.node)?.[0])
  const versions = linesOf('FROM').map(line => Number(/^node:(\d+)/.exec(line)?.[1]))
  t.strictSame(versions, [versions[0], versions[0]])
  t.ok(Number(versions[0]) >= least)
  t.strictSame(linesOf('USER'), ['1000:1000'])
})

t.test('every variable of the image and of the services is one of the configuration', async t => {
  const ofServices = [service?.environment, upstream?.environment].map(variables => Object.fromEntries(Object.entries(variables ?? {}).map(([name, value]) => [name, defaultOf(value)])))
  for (const environment of ofServices) {
    const all = { ...imageEnvironment, ...environment }
    t.strictSame(Object.keys(all).filter(name => !(name in ConfigSchema.properties)), [])
    const config = readConfig(all)
    for (const [name, value] of Object.entries(all)) t.match(Object.entries(config).find(([key]) => key === name)?.map(String), [name, value])
  }
})

t.test('the services of docker-compose.yml find each other', async t => {
  const { SNAPSHOT_STORE = '', GCS_ENDPOINT = '', UPSTREAM_URL = '' } = service?.environment ?? {}
  const endpoint = new URL(GCS_ENDPOINT)
  t.strictSame([endpoint.hostname, endpoint.port], ['storage', storage?.command?.[storage.command.indexOf('-port') + 1]])
  t.ok(storage?.command?.includes(GCS_ENDPOINT), 'the storage knows its own address')
  t.strictSame(storage?.tmpfs, [`/data/${parseGcsUrl(SNAPSHOT_STORE).bucket}`], 'the bucket is made')
  t.equal(UPSTREAM_URL, `http://upstream:${upstream?.environment?.['PORT']}${upstreamPath}`)
  t.strictSame(service?.ports, [`127.0.0.1:8080:${imageEnvironment['PORT']}`])
  t.strictSame(Object.keys(service?.depends_on ?? {}).sort(), ['storage', 'upstream'])
  t.match(String(service?.tmpfs), `${imageEnvironment['SNAPSHOT_CACHE_DIR']}:uid=1000,`, 'the only folder that is written to')
  for (const { read_only: readOnly } of Object.values(compose.services)) t.equal(readOnly, true)
})

t.test('the health checks ask routes that there are', async t => {
  const { app } = await startService(t)
  const paths = [...`${linesOf('HEALTHCHECK').join()} ${JSON.stringify(service)}`.matchAll(/127\.0\.0\.1:[^/]*(\/[a-z]+)`?'?\)/g)]
  t.strictSame(paths.map(([, url]) => url), ['/health', '/ready'])
  for (const [, url = ''] of paths) t.ok(app.hasRoute({ method: 'GET', url }), url)
})
