import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'
import { t } from 'tap'
import { parse } from 'yaml'
import { compiledFolder } from './helpers/compiled.js'

// `npm test -- [--jobs 2] [--timeout 120] [name…]`: all test files, or those whose path holds one of the names.
//
// They are compiled once and run by plain Node, each in a process of its own. Under `tap` itself every process would
// compile the project for itself, and pass each module through a hook that records it; `npx tap FILE` does the same slower.

const { values, positionals } = parseArgs({ allowPositionals: true, options: { jobs: { type: 'string' }, timeout: { type: 'string' } } })
const settings: { jobs: number, timeout: number } = parse(await readFile('.taprc', 'utf8'))

const compiled = await compile()
const files = [...compiled.keys()].filter(path => path.endsWith('.test.ts') && (positionals.length === 0 || positionals.some(name => path.includes(name))))
if (files.length === 0) throw new Error(`no test file is named like ${positionals.join(' or ')}`)

// What hangs is stopped by its own process, or by this one where that does not answer any more.
const timeout = Number(values.timeout ?? settings.timeout)
process.env['TAP_TIMEOUT'] = String(timeout)
t.setTimeout(0)
t.jobs = Number(values.jobs ?? settings.jobs)
if (process.stdout.isTTY) t.pipe(spawn('tap', ['-'], { stdio: ['pipe', 'inherit', 'inherit'], shell: process.platform === 'win32' }).stdin)
t.plan(files.length)
// The longest, which drives a browser, is the last by name: at the end it would run alone.
await Promise.all(files.sort().reverse().map(async file => {
  const [command = '', ...args] = [...withoutHook(), process.execPath, '--enable-source-maps', String(compiled.get(file))]
  await t.spawn(command, args, { name: file, buffered: t.jobs > 1, timeout: timeout * 1000 })
}))

/** Compiles what tests use, without checking types, and tells where each file went. */
async function compile (): Promise<Map<string, string>> {
  const options = { outbase: '.', outdir: compiledFolder, format: 'esm', platform: 'node' } as const
  const { metafile: { outputs } } = await build({
    ...options,
    entryPoints: ['src', 'routes', 'schemas', 'demo', 'bench', 'test'].map(folder => `${folder}/**/*.ts`).concat('web/*.ts'),
    sourcemap: true,
    sourcesContent: false,
    metafile: true,
  })
  // As `npm run build` does.
  await build({ ...options, entryPoints: ['schemas/typebox/*.ts'], bundle: true, splitting: true })
  return new Map(Object.entries(outputs).map(([path, { entryPoint }]) => [entryPoint ?? '', path]))
}

/** The command before the command that takes away the `NODE_OPTIONS` by which tap hands its hook to what it spawns. */
function withoutHook (): string[] {
  return process.platform === 'win32' ? [] : ['env', `NODE_OPTIONS=${process.env['NODE_OPTIONS'] ?? ''}`]
}
