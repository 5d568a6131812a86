import { setTimeout as delay } from 'node:timers/promises'

export interface Pace {
  /** How often something is tried, the first time included. */
  tries: number
  /** The first pause; each further one is twice as long. */
  backoffMs: number
}

const longestBackoffMs = 8000

/** Pauses after a failed attempt, counted from 1: longer each time, and spread so that replicas do not go in step. */
export async function backOff (attempt: number, backoffMs: number): Promise<void> {
  const ms = Math.min(longestBackoffMs, backoffMs * 2 ** Math.min(attempt - 1, 20))
  await delay(ms * (0.5 + Math.random() / 2))
}

/** Does the work, again where it failed in a way that may pass. */
export async function retry<T> (work: () => Promise<T>, isTransient: (error: unknown) => boolean, { tries, backoffMs }: Pace): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (attempt >= tries || !isTransient(error)) throw error
      await backOff(attempt, backoffMs)
    }
  }
}
