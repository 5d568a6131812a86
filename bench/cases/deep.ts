import { atMost, compared, type Figure } from '../figures.js'
import { countWrong, rateOf } from '../load/load.js'
import type { Questions } from '../load/questions.js'
import { alternate } from '../measure.js'
import type { Stage } from '../stage.js'

const connections = 4
const rounds = 3

/** Pages 4,000 and beyond of all plots beside the first page, none asked before. */
export async function deep (stage: Stage): Promise<Figure[]> {
  const { store } = await stage.prepare()
  const service = await stage.serve(store)
  let wrong = 0
  const costOf = async (kind: Questions['kind'], seed: string) => {
    const result = await stage.driver.ask({ origin: service.origin, ask: { kind, seed }, connections, seconds: stage.seconds })
    wrong += countWrong(result)
    return 1000 / rateOf(result)
  }
  await costOf('deep', 'warm-up')
  const byId = await alternate(rounds, round => costOf('deep', `${round}`), round => costOf('first', `${round}`))
  const sorted = await alternate(rounds, round => costOf('deepSorted', `${round}`), round => costOf('firstSorted', `${round}`))
  await service.stop()
  return [
    atMost(1.5, { ...compared('deep pages', 'ms each', byId, 'page 1'), wrong }),
    atMost(1.5, { ...compared('deep pages, sorted', 'ms each', sorted, 'page 1'), wrong }),
  ]
}
