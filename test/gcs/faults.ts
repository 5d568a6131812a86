/** What is asked of the API. */
export type DoubleOperation = 'list' | 'stat' | 'download' | 'upload' | 'delete' | 'create bucket'

/** Faults of any request, and faults of a download's body. */
export const requestFaults = ['reset', 'stall', '429', '503', 'commit-then-reset', 'commit-then-503'] as const
export const bodyFaults = ['truncated body', 'stalled body', 'flipped byte', 'flipped byte behind a proxy', 'wrong crc32c'] as const

export type Fault = typeof requestFaults[number] | typeof bodyFaults[number]

export interface FaultPlan {
  operation: DoubleOperation
  /** The object's name; any unless given. */
  object?: string
  /** What goes wrong, or what happens first, after which the request is answered as usual. */
  fault: Fault | 'ignored matchGlob' | { status: number, message: string } | (() => Promise<unknown>)
  /** How many requests it strikes; one unless given. */
  times?: number
  /** How many it lets pass first. */
  after?: number
  /** Called as soon as a request is struck, before its body has arrived. */
  onStrike?: () => void
}

/** Plans that strike requests as they come, in the order in which they were made. */
export class FaultPlans {
  #plans: { plan: FaultPlan, passed: number, struck: number }[] = []

  add (plan: FaultPlan): void {
    this.#plans.push({ plan, passed: 0, struck: 0 })
  }

  clear (): void {
    this.#plans = []
  }

  /** The fault that strikes this request, if any. */
  strike (operation: DoubleOperation, object: string | undefined): FaultPlan['fault'] | undefined {
    for (const entry of this.#plans) {
      const { plan: { times = 1, after = 0, ...plan } } = entry
      if (plan.operation !== operation || (plan.object !== undefined && plan.object !== object) || entry.struck >= times) continue
      if (entry.passed++ < after) continue
      entry.struck++
      plan.onStrike?.()
      return plan.fault
    }
    return undefined
  }
}
