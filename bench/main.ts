import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { cases } from './cases/all.js'
import { formatTable, type Figure } from './figures.js'
import { profile } from './profile.js'
import { soak } from './soak.js'
import { Stage } from './stage.js'

const usage = `npm run bench -- [options]
  --only NAME[,NAME]  only these cases: ${Object.keys(cases).join(', ')}
  --json FILE         writes the figures to a file instead of the last line
  --seconds N         length of a round, 2 unless given
  --profile           says where the time of hot pages, cold pages and exports goes
  --soak 10m          mixed traffic for so long (s, m or h), with ingests; every answer is checked
`

class UsageError extends Error {}

try {
  process.exitCode = await main()
} catch (error) {
  process.stderr.write(`${error instanceof UsageError ? `${error.message}\n${usage}` : error instanceof Error ? error.stack : String(error)}\n`)
  process.exitCode = 1
}

async function main (): Promise<number> {
  const options = readOptions()
  if (options.help === true) {
    process.stdout.write(usage)
    return 0
  }
  const names = options.only?.split(',') ?? Object.keys(cases)
  const unknown = names.find(name => !Object.hasOwn(cases, name))
  if (unknown !== undefined) throw new UsageError(`--only: there is no case ${unknown}`)
  const soakSeconds = options.soak === undefined ? undefined : parseDuration(options.soak)
  const stage = await Stage.open(Number(options.seconds))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => { stage.close().finally(() => process.exit(1)) })
  try {
    if (soakSeconds !== undefined) return await soak(stage, soakSeconds)
    if (options.profile === true) await profile(stage)
    else await bench(stage, names, options.json)
    return 0
  } finally {
    await stage.close()
  }
}

async function bench (stage: Stage, names: readonly string[], file: string | undefined): Promise<void> {
  const figures: Figure[] = []
  for (const name of names) {
    process.stderr.write(`${name} …\n`)
    figures.push(...await cases[name]?.(stage) ?? [])
  }
  const json = `${JSON.stringify(figures)}\n`
  process.stdout.write(`${formatTable(figures)}\n`)
  if (file === undefined) process.stdout.write(json)
  else await writeFile(file, json)
}

function readOptions () {
  try {
    return parseArgs({
      options: {
        only: { type: 'string' },
        json: { type: 'string' },
        seconds: { type: 'string', default: '2' },
        profile: { type: 'boolean' },
        soak: { type: 'string' },
        help: { type: 'boolean' },
      },
    }).values
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

function parseDuration (text: string): number {
  const [, count, unit = ''] = /^(\d+)([smh])$/.exec(text) ?? []
  if (count === undefined) throw new UsageError(`--soak takes a time such as 90s, 10m or 1h, not ${text}`)
  return Number(count) * ({ s: 1, m: 60, h: 3600 }[unit] ?? NaN)
}
