import { readFile } from 'node:fs/promises'
import t from 'tap'
import { parse } from 'yaml'
import { EudrQuerySchema, EudrReportQuerySchema } from '../schemas/eudr.js'
import { PlotSchema } from '../schemas/plot.js'
import { AggregatesQuerySchema, ChangesQuerySchema, PlotsQuerySchema, TrendsQuerySchema } from '../schemas/query.js'
import { ConfigSchema } from '../src/config.js'
import { problems } from '../src/errors.js'

const readme = await readFile('README.md', 'utf8')
const api = await readFile('docs/api.md', 'utf8')
const deploy = await readFile('docs/deploy.md', 'utf8')

t.test('README.md lists every variable with its default', async t => {
  for (const [name, property] of Object.entries(ConfigSchema.properties)) {
    const row = readme.split('\n').find(line => line.startsWith('|') && line.split('|')[1]?.includes(`\`${name}\``))
    t.ok(row, name)
    const isOfMachine = name === 'SNAPSHOT_CACHE_DIR' || name === 'DUCKDB_THREADS'
    if ('default' in property && !isOfMachine) t.match(row ?? '', `\`${String(property.default)}\``, `${name} with its default`)
  }
})

t.test('README.md lists every script that a user may run', async t => {
  const manifest: { scripts: Record<string, string> } = JSON.parse(await readFile('package.json', 'utf8'))
  for (const script of Object.keys(manifest.scripts).filter(name => !/^(pre|build)/.test(name))) {
    t.match(readme, script === 'test' || script === 'start' ? `npm ${script}` : `npm run ${script}`)
  }
})

t.test('docs/api.md explains every parameter, field and error code', async t => {
  const parameters = [...Object.keys(PlotsQuerySchema.properties), ...[AggregatesQuerySchema, ChangesQuerySchema, TrendsQuerySchema, EudrQuerySchema, EudrReportQuerySchema].flatMap(schema => Object.keys(schema.properties)), ...Object.keys(PlotSchema.properties)]
  for (const name of new Set([...parameters, ...Object.keys(problems)])) t.match(api, `\`${name}\``, name)
})

t.test('docs/deploy.md sets variables that there are, and a Deployment that can be parsed', async t => {
  const [, manifest = ''] = /## Kubernetes\n\n((?: {4}.*\n)+)/.exec(deploy) ?? []
  const { spec: { template: { spec: { containers: [container] } } } } = parse(manifest)
  const inCommands = [...deploy.matchAll(/--set-(?:env-vars|secrets)=(\S+)/g)].flatMap(([, list = '']) => list.split(',').map(pair => pair.split('=')[0] ?? ''))
  const inManifest: string[] = container.env.map(({ name }: { name: string }) => name)
  t.ok(inCommands.length > 5 && inManifest.length > 1)
  t.strictSame([...inCommands, ...inManifest].filter(name => !(name in ConfigSchema.properties)), [])
  t.match(readme, '(docs/deploy.md)')
})
