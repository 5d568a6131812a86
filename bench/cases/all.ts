import type { Figure } from '../figures.js'
import type { Stage } from '../stage.js'
import { answers } from './answers.js'
import { aggregates, pages } from './cold.js'
import { connections } from './connections.js'
import { history } from './history.js'
import { deep } from './deep.js'
import { formats } from './formats.js'
import { exports } from './export.js'
import { hot, revalidated, shipped } from './hot.js'
import { ingest } from './ingest.js'
import { loopDelay } from './loop-delay.js'
import { memory } from './memory.js'
import { start } from './start.js'

/** All that is measured, by the names that `--only` takes. */
export const cases: Readonly<Record<string, (stage: Stage) => Promise<Figure[]>>> = {
  hot,
  shipped,
  revalidated,
  pages,
  aggregates,
  deep,
  answers,
  export: exports,
  formats,
  ingest,
  start,
  memory,
  connections,
  'loop-delay': loopDelay,
  history,
}
