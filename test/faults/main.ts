import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { root } from '../helpers/compiled.js'
import type { Try } from './settings.js'

// `npm run test:faults -- --times 20 --seed 1 killed`: the tests of this folder, or some of them, with all faults.
const { values: { times, seed }, positionals } = parseArgs({
  allowPositionals: true,
  options: { times: { type: 'string', default: '20' }, seed: { type: 'string', default: '1' } },
})
if (!/^[1-9]\d*$/.test(times)) throw new RangeError(`--times takes a whole number, not ${times}`)

const folder = await mkdtemp(join(tmpdir(), 'osh-faults-'))
const results = join(folder, 'tries.jsonl')

const child = spawn('tsx', ['test/main.ts', '--timeout=0', '--jobs=2', ...(positionals.length > 0 ? positionals : ['']).map(name => `test/faults/${name}`)], {
  cwd: root,
  stdio: 'inherit',
  shell: process.platform === 'win32',
  env: { ...process.env, FAULT_TIMES: times, FAULT_SEED: seed, FAULT_RESULTS: results },
})
const [code] = await once(child, 'close')
const lines = await readFile(results, 'utf8').catch(() => '')
await rm(folder, { recursive: true })
const tries: Try[] = lines.split('\n').filter(line => line !== '').map(line => JSON.parse(line))
process.stdout.write(`\nseed ${seed}\n\n${formatTable(tries)}\n`)
for (const { fault, lost, wrong } of tries) {
  for (const sentence of [...lost, ...wrong]) process.stdout.write(`${fault}: ${sentence}\n`)
}
process.exitCode = code === 0 && tries.length > 0 && tries.every(({ lost, wrong }) => lost.length + wrong.length === 0) ? 0 : 1

/** A row for each fault. */
function formatTable (tries: readonly Try[]): string {
  const rows = [...new Set(tries.map(({ fault }) => fault))].sort().map(name => {
    const group = tries.filter(({ fault }) => fault === name)
    const lost = group.reduce((sum, tried) => sum + tried.lost.length, 0)
    const wrong = group.reduce((sum, tried) => sum + tried.wrong.length, 0)
    const sorted = group.map(({ recoveryMs }) => recoveryMs).sort((a, b) => a - b)
    const medianMs = sorted[Math.floor(sorted.length / 2)] ?? 0
    return `| ${name} | ${group.length} | ${lost} | ${wrong} | ${(medianMs / 1000).toFixed(1)} |`
  })
  return ['| fault | times tried | snapshots lost | wrong answers | median recovery s |', '|---|---|---|---|---|', ...rows].join('\n')
}
