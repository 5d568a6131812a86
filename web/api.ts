import type { Aggregate } from './types.js'
import type { Filters } from './view.js'

/** What went wrong, in the service's own words where it had some. */
export class Problem extends Error {
  override readonly name = 'Problem'
  /** `status` is 0 where there was no answer at all. */
  constructor (readonly status: number, readonly code: string, readonly detail: string, readonly retryAfterSeconds: number | undefined) {
    super(detail)
  }
}

type Values = Record<string, string | number | undefined>

/** A request of the API, as an absolute path. */
export function requestOf (path: string, snapshot: string, filters: Filters, more: Values = {}): string {
  const pairs = Object.entries({ ...filters, ...more, snapshot }).flatMap(([name, value]) => value === undefined || value === '' ? [] : [[name, String(value)]])
  const query = new URLSearchParams(pairs).toString().replaceAll('%2C', ',')
  return query === '' ? path : `${path}?${query}`
}

/** The answer's JSON, even if the browser has one that would do where `fresh`; throws a {@link Problem}. */
export async function ask<T> (request: string, signal: AbortSignal, fresh = false): Promise<T> {
  const response = await fetch(request, { signal, headers: { accept: 'application/json' }, cache: fresh ? 'no-cache' : 'default' }).catch((error: unknown) => {
    signal.throwIfAborted()
    throw new Problem(0, 'UNREACHABLE', String(error), undefined)
  })
  if (!response.ok) throw await readProblem(response)
  return await response.json()
}

async function readProblem (response: Response): Promise<Problem> {
  const body: { code?: string, detail?: string } = await response.json().catch(() => ({}))
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
  return new Problem(response.status, body.code ?? '', body.detail ?? response.statusText, Number.isFinite(seconds) ? seconds : undefined)
}

/** The share of plots whose certificate is active. */
export function shareActive ({ active, smallholders }: Pick<Aggregate, 'active' | 'smallholders'>): number {
  return smallholders === 0 ? 0 : active / smallholders
}
