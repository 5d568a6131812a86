import type { Language } from './text/index.js'

const locales: Record<Language, string> = { en: 'en-MY', ms: 'ms-MY' }

export interface Format {
  count (value: number): string
  hectares (value: number): string
  share (value: number): string
  day (date: string): string
  moment (time: string): string
}

/** Numbers and days as they are written in Malaysia, in either language. */
export function makeFormat (language: Language): Format {
  const locale = locales[language]
  const count = new Intl.NumberFormat(locale)
  const coarse = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 })
  const fine = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 })
  const share = new Intl.NumberFormat(locale, { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 })
  const day = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' })
  const moment = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone: 'Asia/Kuala_Lumpur' })
  return {
    count: value => count.format(value),
    hectares: value => (Math.abs(value) < 1000 ? fine : coarse).format(value),
    share: value => share.format(value),
    day: date => day.format(new Date(`${date}T00:00:00Z`)),
    moment: time => moment.format(new Date(time)),
  }
}
