import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { writeDays } from '../demo/days.js'
import { makeRegister, nextDay } from '../demo/register.js'
import { follow } from './history/days.js'
import { nodeArguments } from './helpers/compiled.js'
import { query, quote } from './helpers/parquet.js'
import { makeFolder, startService } from './helpers/service.js'

const run = promisify(execFile)
const recipes = await readFile('docs/use.md', 'utf8')

/** The first recipe under a heading, or the one after some words below it. */
function recipe (after: string): string {
  const [, code] = /```\w*\n([\s\S]*?)```/.exec(recipes.slice(recipes.indexOf(after))) ?? []
  if (code === undefined) throw new Error(`docs/use.md has no recipe after ${after}`)
  return code
}

/** Whether a command ends well. */
async function works (command: string, ...parameters: string[]): Promise<boolean> {
  return await run(command, parameters).then(() => true, () => false)
}

t.test('the recipes of docs/use.md', async t => {
  const folder = await makeFolder(t)
  const last = await writeDays({ store: join(folder, 'snapshots'), register: makeRegister({ size: 3000 }), from: '2026-01-01', days: 2 })
  const service = await startService(t, { folder, records: nextDay(last, { date: '2026-01-03' }) })
  t.equal((await service.ingest()).status, 201)
  await follow(service)
  const { url, get } = service
  const here = (code: string) => code.replaceAll('http://127.0.0.1:8080', url)
  const python = async (code: string, environment: Record<string, string> = {}) => (await run('python3', ['-c', here(code)], { env: { ...process.env, ...environment } })).stdout
  const states: { state: string, certified_area: number }[] = (await get('/aggregates?by=state&sort=-certified_area')).json.data
  const lines = states.map(({ state, certified_area: area }) => `${state}: ${area} ha\n`).join('')

  t.test('curl gets a CSV', { skip: await works('curl', '--version') ? false : 'there is no curl' }, async t => {
    await run('sh', ['-c', here(recipe('## curl'))], { cwd: folder })
    t.equal(await readFile(join(folder, 'expired.csv'), 'utf8'), (await get('/smallholders?state=Melaka&cert_status=EXPIRED&format=csv')).text)
  })

  t.test('JavaScript sums up the states', async t => {
    await writeFile(join(folder, 'states.mjs'), here(recipe('## JavaScript')))
    t.equal((await run(process.execPath, ['states.mjs'], { cwd: folder })).stdout, lines)
  })

  t.test('JavaScript tells what changed', async t => {
    await writeFile(join(folder, 'changes.mjs'), here(recipe('## What changed')))
    const changes = (await get('/changes?field=cert_status&pageSize=1000')).json.data
    t.ok(changes.length > 0)
    t.equal((await run(process.execPath, ['changes.mjs'], { cwd: folder })).stdout.split('\n').length - 1, changes.length)
  })

  t.test('TypeScript has the types of the routes, and notices a field that there is none of', async t => {
    // Below the repository, where the client's library is found.
    const place = t.testdir({ 'states.ts': here(recipe('## TypeScript')), 'wrong.ts': here(recipe('## TypeScript')).replaceAll('certified_area }', 'certified_areas }') })
    await run(process.execPath, [...nodeArguments('demo/client.ts'), join(place, 'osh-api.d.ts')])
    const check = (file: string) => run(process.execPath, [resolve('node_modules/typescript/lib/tsc.js'), '--ignoreConfig', '--noEmit', '--strict', '--skipLibCheck', '--target', 'es2022', '--lib', 'es2022,dom,dom.iterable', '--module', 'nodenext', '--types', 'node', join(place, file)])
    await t.resolves(check('states.ts'))
    const refused = await check('wrong.ts').then(() => '', (error: unknown) => String(Object(error).stdout))
    t.match(refused, /Property 'certified_areas' does not exist/)
    t.equal((await run(process.execPath, ['--import', 'tsx', join(place, 'states.ts')])).stdout, lines)
  })

  t.test('upstream\'s Python runs with nothing but the host changed', { skip: await works('python3', '-c', 'import requests') ? false : 'there is no Python with requests' }, async t => {
    const entities: { entity_name: string, certified_area: number }[] = (await get('/aggregates?by=entity&pageSize=1000')).json.data
    const sums = new Map<string, number>()
    for (const { entity_name: name, certified_area: area } of entities) sums.set(name, (sums.get(name) ?? 0) + area)
    const print = async (code: string) => (await python(code)).trimEnd().split('\n').map(line => line.split(': '))
    const published = recipe('In place of upstream')
    const all = await print(published.replace('[:10]', ''))
    t.strictSame(new Map(all.map(([name = '', hectares]) => [name, hectares])), new Map([...sums].map(([name, area]) => [name, area.toFixed(4)])), 'every entity has the area of /aggregates?by=entity')
    t.strictSame(await print(published), all.slice(0, 10))
    t.strictSame(await python(recipe('With upstream\'s parameters kept')), (await get('/smallholders?state=1&pageSize=10')).json.data
      .map(({ entity_smallholder_id: id, state }: { entity_smallholder_id: number, state: string }) => `${id} ${state}\n`).join(''))
  })

  t.test('pandas has the types of the Parquet file', { skip: await works('python3', '-c', 'import pandas, pyarrow') ? false : 'there is no Python with pandas and pyarrow' }, async t => {
    const printed = [...(await python(recipe('pandas, with'))).matchAll(/^(\S.*\S) +([\d.]+)$/gm)].map(([, state, hectares]) => [state, Number(hectares).toFixed(4)])
    const expected: { state: string, planted_area: number }[] = (await get('/aggregates?by=state&scheme=FELDA&sort=state')).json.data
    t.ok(expected.length > 3)
    t.strictSame(printed, expected.filter(({ state }) => state !== null).map(({ state, planted_area: area }) => [state, area.toFixed(4)]))
  })

  t.test('polars reads a day\'s file by range', { skip: await works('python3', '-c', 'import polars') ? false : 'there is no Python with polars' }, async t => {
    const ranges: string[] = []
    service.app.server.on('request', ({ headers }) => { ranges.push(headers.range ?? '') })
    const text = await python(recipe('polars reads'), { POLARS_FMT_MAX_ROWS: '-1', POLARS_FMT_STR_LEN: '100' })
    const printed = new Map([...text.matchAll(/^│ (.*?) +┆ ([\d.]+) +│$/gm)].map(([, state, hectares]) => [state, Number(hectares).toFixed(4)]))
    const { date }: { date: string } = (await get('/snapshots/latest')).json.data
    const file = join(folder, 'snapshots', date.replaceAll('-', ''), 'all-smallholder.parquet')
    const rows = await query(`SELECT coalesce(state, 'null') AS state, sum(TRY_CAST(planted_area AS DOUBLE)) AS area FROM ${quote(file)} GROUP BY ALL`)
    t.strictSame(printed, new Map(rows.map(({ state, area }) => [state, Number(area).toFixed(4)])))
    t.ok(ranges.some(range => range.startsWith('bytes=')))
  })

  t.test('the drop-in adds up to /aggregates, and heeds page and pageSize', async t => {
    const sums = new Map<string, number>()
    for (const record of (await get('/api/osh/all-smallholder')).json.data.data) sums.set(record.entity_name, (sums.get(record.entity_name) ?? 0) + Number(record.certified_area ?? 0))
    const byName = new Map<string, number>()
    for (const { entity_name: name, certified_area: area } of (await get('/aggregates?by=entity&pageSize=1000')).json.data) byName.set(name, (byName.get(name) ?? 0) + area)
    for (const [name, area] of byName) t.equal(sums.get(name)?.toFixed(4), area.toFixed(4), name)
    t.equal((await get('/api/osh/all-smallholder?state=1&page=1&pageSize=10')).json.data.data.length, 10)
  })

  t.test('GDAL copies all plots', { skip: await works('ogr2ogr', '--version') ? false : 'there is no GDAL' }, async t => {
    await run('sh', ['-c', here(recipe('With GDAL'))], { cwd: folder })
    t.match((await run('ogrinfo', ['-so', 'plots.gpkg', 'smallholders'], { cwd: folder })).stdout, `Feature Count: ${(await get('/smallholders')).json.meta.total}`)
  })

  t.test('DuckDB reads all days where the files are', async t => {
    const rows = await query(recipe('All days at once').replace('data/demo/snapshots', join(folder, 'snapshots')).replace('CAST(', 'TRY_CAST('))
    t.ok(rows.length > 10)
    let expected = 0
    for (const { date } of (await get('/snapshots')).json.data) expected += (await get(`/snapshots/${date}`)).json.data.quality.rows
    t.equal(rows.reduce((sum, row) => sum + Number(row['smallholders']), 0), expected)
  })
})
