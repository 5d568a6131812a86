import { applyDirt } from './dirt.js'
import { recordPlots } from './plots.js'
import { createRandom } from './random.js'
import type { RegisterRecord } from './record.js'
import { planSettlements } from './settlements.js'

export { nextDay, type NextDayOptions } from './next-day.js'
export type { RegisterRecord } from './record.js'

export interface RegisterOptions {
  /** Registers of different seeds are different; 1 by default. */
  seed?: number
  /** The number of records; 47,500 by default. */
  size?: number
  /** Whether some records are dirty, as upstream's are; true by default. */
  dirt?: boolean
}

/**
 * Makes a register like upstream's, always the same one for the same options.
 * Its first record is the published sample. Without dirt it is the same register, only clean.
 */
export function makeRegister ({ seed = 1, size = 47_500, dirt = true }: RegisterOptions = {}): RegisterRecord[] {
  const random = createRandom(`register ${seed}`)
  const clean = recordPlots(random, planSettlements(random, size))
  return dirt ? applyDirt(createRandom(`dirt ${seed}`), clean) : clean
}
