/** True for a real calendar day written `YYYYMMDD`. */
export function isDay (text: string): boolean {
  if (!/^\d{8}$/.test(text)) return false
  const time = new Date(`${toDate(text)}T00:00:00Z`)
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(toDate(text))
}

/** `2026-11-23` of `20261123`. */
export function toDate (day: string): string {
  return `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6, 8)}`
}

/** `20261123` of `2026-11-23`. */
export function toDay (date: string): string {
  return date.replaceAll('-', '')
}

/** The calendar day, `YYYYMMDD`, that a moment falls on in a time zone. */
export function dayOf (moment: Date, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }).formatToParts(moment)
  const part = (type: string) => parts.find(candidate => candidate.type === type)?.value ?? ''
  return `${part('year')}${part('month')}${part('day')}`
}
