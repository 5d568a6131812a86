import { en } from './en.js'
import { ms } from './ms.js'

export type Dictionary = typeof en
export type Language = 'en' | 'ms'

export const dictionaries: Readonly<Record<Language, Dictionary>> = { en, ms }

const key = 'language'

/** The language of the URL, else the one chosen before, else the browser's. */
export function findLanguage (search: string): Language {
  const asked = [new URLSearchParams(search).get('lang'), remembered(), navigator.language.slice(0, 2)]
  return asked.find(language => language === 'en' || language === 'ms') ?? 'en'
}

/** Keeps the choice for the next visit, where the browser allows it. */
export function rememberLanguage (language: Language): void {
  try {
    localStorage.setItem(key, language)
  } catch {
    // The choice stands in the URL.
  }
}

function remembered (): string | null {
  try {
    return localStorage.getItem(key)
  } catch {
    return null
  }
}
