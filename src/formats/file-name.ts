import type { Parameters } from '../query/links.js'

// They say how the rows are shown, not which they are.
const unnamed: ReadonlySet<string> = new Set(['format', 'bom', 'fields', 'sort', 'pageSize', 'snapshot'])
const longest = 150

/**
 * The value of `Content-Disposition` (RFC 6266) that names a file by what is in it:
 * `smallholders_2026-11-23_state-1.csv`. Only letters, digits and `-_.` are ever in the name.
 */
export function disposition (path: string, date: string, parameters: Parameters, extension: string): string {
  const filters = parameters.filter(([name]) => !unnamed.has(name)).map(([name, value]) => `${name}-${value}`)
  const name = [path, date, ...filters].map(sanitize).filter(part => part !== '').join('_').slice(0, longest)
  return `attachment; filename="${name}.${extension}"`
}

function sanitize (text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').replace(/[^A-Za-z0-9_.]+/g, '-').replace(/^[-.]+|[-.]+$/g, '')
}
