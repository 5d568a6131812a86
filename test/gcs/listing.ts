import { ApiFault, toResource, type Objects } from './objects.js'

/** `GET /storage/v1/b/B/o`: one page of a bucket's objects, by prefix, glob and delimiter, with only the fields asked for. */
export function listObjects (bucket: string, objects: Objects, query: URLSearchParams): Record<string, unknown> {
  const prefix = query.get('prefix') ?? ''
  const glob = query.get('matchGlob')
  const delimiter = query.get('delimiter')
  const matches = objects.names.filter(name => name.startsWith(prefix) && (glob === null || toPattern(glob).test(name)))
  const entries = [...new Set(matches.map(name => foldName(name, prefix, delimiter)))]
  const after = query.get('pageToken') === null ? '' : Buffer.from(query.get('pageToken') ?? '', 'base64url').toString()
  const rest = entries.filter(entry => entry > after)
  const page = rest.slice(0, Number(query.get('maxResults') ?? 1000))
  const isFolder = (entry: string) => delimiter !== null && entry.endsWith(delimiter) && !objects.names.includes(entry)
  const items = page.filter(entry => !isFolder(entry)).map(name => toResource(bucket, objects.get(name)))
  const prefixes = page.filter(isFolder)
  const nextPageToken = page.length < rest.length ? Buffer.from(page.at(-1) ?? '').toString('base64url') : undefined
  const body = { kind: 'storage#objects', ...(items.length > 0 && { items }), ...(prefixes.length > 0 && { prefixes }), ...(nextPageToken !== undefined && { nextPageToken }) }
  return selectFields(body, query.get('fields'))
}

function foldName (name: string, prefix: string, delimiter: string | null): string {
  const end = delimiter === null ? -1 : name.indexOf(delimiter, prefix.length)
  return end === -1 || delimiter === null ? name : name.slice(0, end + delimiter.length)
}

/** `*` does not reach over a slash, `**` does. */
function toPattern (glob: string): RegExp {
  if (/[[\]{}\\?]/.test(glob)) throw new ApiFault(501, 'notImplemented', `the double knows no such glob: ${glob}`)
  const escaped = glob.replace(/[.+^$()|]/g, '\\$&').replace(/\*+/g, stars => stars.length > 1 ? '.*' : '[^/]*')
  return new RegExp(`^${escaped}$`)
}

/** What `fields=items(name,size),nextPageToken` leaves. */
function selectFields (body: Record<string, unknown>, fields: string | null): Record<string, unknown> {
  if (fields === null) return body
  const wanted = new Map([...fields.matchAll(/(\w+)(?:\(([^)]*)\))?/g)].map(([, name = '', inner]) => [name, inner?.split(',')]))
  return Object.fromEntries(Object.entries(body).filter(([name]) => wanted.has(name)).map(([name, value]) => {
    const inner = wanted.get(name)
    return [name, inner === undefined || !Array.isArray(value) ? value : value.map(item => pick(item, inner))]
  }))
}

function pick (item: unknown, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(item ?? {}).filter(([name]) => names.includes(name)))
}
