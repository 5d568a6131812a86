import { readFile } from 'node:fs/promises'
import t from 'tap'
import type { Static } from 'typebox'
import { Type } from '../schemas/typebox/type.js'
import { Value } from '../schemas/typebox/value.js'
import { startGcsDouble } from './gcs-double.js'
import { readMetrics } from './helpers/metrics.js'
import { startService } from './helpers/service.js'
import { makeRecords } from './ingest/helpers.js'

const guide = await readFile('docs/operate.md', 'utf8')
const dashboardText = await readFile('docs/grafana.json', 'utf8')

const DataSourceSchema = Type.Object({ type: Type.Literal('prometheus'), uid: Type.Literal('${datasource}') }) // eslint-disable-line no-template-curly-in-string -- Grafana's own notation

/** What Grafana needs of a dashboard to show it. */
const DashboardSchema = Type.Object({
  uid: Type.String({ pattern: '^[\\w-]{1,40}$' }),
  title: Type.String({ minLength: 1 }),
  schemaVersion: Type.Integer({ minimum: 36 }),
  time: Type.Object({ from: Type.String(), to: Type.String() }),
  templating: Type.Object({ list: Type.Array(Type.Object({ name: Type.Literal('datasource'), type: Type.Literal('datasource'), query: Type.Literal('prometheus') }), { minItems: 1 }) }),
  panels: Type.Array(Type.Object({
    id: Type.Integer({ minimum: 1 }),
    type: Type.Union([Type.Literal('stat'), Type.Literal('timeseries')]),
    title: Type.String({ minLength: 1 }),
    datasource: DataSourceSchema,
    gridPos: Type.Object({ x: Type.Integer({ minimum: 0 }), y: Type.Integer({ minimum: 0 }), w: Type.Integer({ minimum: 1, maximum: 24 }), h: Type.Integer({ minimum: 1 }) }),
    targets: Type.Array(Type.Object({ refId: Type.String({ pattern: '^[A-Z]$' }), datasource: DataSourceSchema, expr: Type.String({ minLength: 1 }) }), { minItems: 1 }),
  }), { minItems: 1 }),
})

const dashboard: Static<typeof DashboardSchema> = Value.Parse(DashboardSchema, JSON.parse(dashboardText))

/** The metrics that a text names, without the suffixes of a histogram. */
const namesIn = (text: string) => new Set([...text.matchAll(/\b(?:osh|process|nodejs)_[a-z0-9_]*[a-z0-9]\b/g)].map(([name]) => name.replace(/_(bucket|count|sum)$/, '')))

t.test('docs/operate.md and docs/grafana.json name the metrics that there are', async t => {
  const double = await startGcsDouble()
  t.after(() => double.close())
  const service = await startService(t, { records: makeRecords(10), environment: { SNAPSHOT_STORE: 'gs://bucket/snapshots', GCS_ENDPOINT: double.url } })
  await service.ingest()
  await service.get('/smallholders')
  const { text } = await service.get('/metrics')
  const there = new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name ?? ''))
  const documented = namesIn(guide)
  for (const name of [...documented, ...namesIn(dashboardText)]) t.ok(there.has(name), name)
  for (const name of [...there].filter(name => name.startsWith('osh_'))) {
    t.ok(documented.has(name), `${name} is explained`)
    if (name !== 'osh_build_info') t.ok(namesIn(dashboardText).has(name), `${name} is on the dashboard`)
  }

  await t.test('and label values that there are', async t => {
    const series = [...(await readMetrics(service)).keys()]
    for (const [, metric, label, , value] of `${guide}${JSON.stringify(dashboard.panels.map(({ targets }) => targets))}`.replaceAll('\\"', '"').replaceAll('\\|', '|').matchAll(/\b(osh_[a-z_]+)\{(\w+)(=~|=|!~)"([^"]+)"\}/g)) {
      if (label === 'status') continue
      for (const one of (value ?? '').split('|').filter(one => !one.startsWith('/'))) t.ok(series.some(name => name.startsWith(`${metric}{`) && name.includes(`${label}="${one}"`)), `${metric}{${label}="${one}"}`)
    }
  })
})

t.test('the dashboard\'s panels have ids of their own and do not overlap', async t => {
  const { panels } = dashboard
  t.equal(new Set(panels.map(({ id }) => id)).size, panels.length)
  for (const { title, gridPos: a } of panels) {
    t.ok(a.x + a.w <= 24, title)
    t.equal(panels.filter(({ gridPos: b }) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h).length, 1, `${title} overlaps nothing`)
  }
})

t.test('docs/operate.md explains lines that the source logs', async t => {
  const sources = await Promise.all(['ingest/runs', 'services', 'snapshots/catalog', 'snapshots/cache', 'history/history', 'plugins/access-log', 'plugins/authorization'].map(async name => await readFile(`src/${name}.ts`, 'utf8')))
  const table = guide.slice(guide.indexOf('## The log'), guide.indexOf('## Overload'))
  const messages = [...table.matchAll(/^\| (`[^|]+`) \|/gm)].flatMap(([, cell]) => [...(cell ?? '').matchAll(/`([^`]+)`/g)].map(([, message]) => message ?? ''))
  t.ok(messages.length >= 10)
  for (const message of messages.filter(message => message !== 'msg')) t.ok(sources.some(source => source.includes(message.replace(/ …$/, ''))), message)
})
