import { useEffect, useState } from 'preact/hooks'
import { formatView, parseView, type View } from './view.js'
import { dictionaries, findLanguage, rememberLanguage, type Language } from './text/index.js'

export interface Location {
  view: View
  language: Language
  change (part: Partial<View>): void
  speak (language: Language): void
}

// What only shows more of the same result needs no step back of its own, nor does typing.
const quiet: ReadonlySet<string> = new Set(['q', 'planted_area__gte', 'planted_area__lte'])
// Another page of another result would be out of place.
const keepPage: ReadonlySet<string> = new Set(['page', 'measure', 'colour', 'columns', 'plot'])

const languageIn = (search: string) => new URLSearchParams(search).get('lang')

function withLanguage (search: string, language: string | null): string {
  return language === null ? search : `${search}${search === '' ? '?' : '&'}${new URLSearchParams({ lang: language }).toString()}`
}

/** The view and the language, which the page's URL holds; a change is a step of the browser's history. */
export function useView (): Location {
  const [search, setSearch] = useState(location.search)
  const [language, setLanguage] = useState(findLanguage(search))
  useEffect(() => {
    const follow = () => setSearch(location.search)
    addEventListener('popstate', follow)
    return () => removeEventListener('popstate', follow)
  }, [])
  useEffect(() => {
    document.documentElement.lang = language
    document.title = `${dictionaries[language].title} · osh-api`
  }, [language])
  const change = (part: Partial<View>) => {
    const names = Object.keys(part)
    const next = { ...parseView(location.search), ...(!names.every(name => keepPage.has(name)) && { page: 1 }), ...part }
    go(withLanguage(formatView(next), languageIn(location.search)), names.every(name => quiet.has(name)))
  }
  const go = (target: string, silently: boolean) => {
    if (target === location.search) return
    history[silently ? 'replaceState' : 'pushState'](null, '', target === '' ? location.pathname : target)
    setSearch(target)
  }
  const speak = (next: Language) => {
    rememberLanguage(next)
    go(withLanguage(formatView(parseView(location.search)), next), true)
    setLanguage(next)
  }
  return { view: parseView(search), language, change, speak }
}
