import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import { requestOf } from './api.js'
import type { Format } from './format.js'
import type { Dictionary, Language } from './text/index.js'
import type { Filters, View } from './view.js'

/** What the values of filters are called. */
export interface Names {
  state: ReadonlyMap<string, string>
  scheme: ReadonlyMap<string, string>
  district: ReadonlyMap<string, { name: string, state: string, stateId: string }>
}

/** What every part of the page may need. */
export interface PageContext {
  view: View
  /** Shows another view; going back leads to the one before. */
  change (part: Partial<View>): void
  /** The exact snapshot that is shown; empty until it is known. */
  snapshot: string
  date: string
  names: Names
  /** Looks whether there is a newer snapshot. */
  refresh (): void
  text: Dictionary
  format: Format
  language: Language
}

export const Context = createContext<PageContext | undefined>(undefined)

/** The page's context, inside of it. */
export function usePage (): PageContext {
  const page = useContext(Context)
  if (page === undefined) throw new Error('Outside of the page')
  return page
}

/** A request to the snapshot that is shown; undefined until it is known. */
export function useRequest (path: string, filters: Filters, more: Record<string, string | number> = {}): string | undefined {
  const { snapshot } = usePage()
  return snapshot === '' ? undefined : requestOf(path, snapshot, filters, more)
}
