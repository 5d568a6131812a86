/** The parameters of a request, to be written into links. */
export type Parameters = readonly (readonly [name: string, value: string])[]

export interface PageLinks {
  self: string
  first: string
  prev: string | null
  next: string | null
  last: string
}

/** A reference to a path with the given parameters, some of them set anew. */
export function linkTo (path: string, parameters: Parameters, changes: Readonly<Record<string, string | number>> = {}): string {
  const kept = parameters.filter(([name]) => !Object.hasOwn(changes, name))
  const set = Object.entries(changes).map(([name, value]): [string, string] => [name, String(value)])
  const query = new URLSearchParams([...kept, ...set].map(([name, value]): [string, string] => [name, value])).toString().replaceAll('%2C', ',')
  return query === '' ? path : `${path}?${query}`
}

/** How many pages a result has; an empty one has none. */
export function countPages (total: number, pageSize: number): number {
  return Math.ceil(total / pageSize)
}

/** The links of a page; `pins` are the parameters that make all of them lead to the same revision. */
export function linkPages (path: string, parameters: Parameters, pins: Readonly<Record<string, string>>, { page, pageSize, total }: { page: number, pageSize: number, total: number }): PageLinks {
  const last = Math.max(1, countPages(total, pageSize))
  const to = (target: number) => linkTo(path, parameters, { ...pins, page: target, pageSize })
  return {
    self: to(page),
    first: to(1),
    prev: page > 1 ? to(Math.min(page - 1, last)) : null,
    next: page < last ? to(page + 1) : null,
    last: to(last),
  }
}

/** The same links as the value of a `Link` header (RFC 8288). */
export function linkHeader (links: PageLinks): string {
  return Object.entries(links).filter(([, target]) => target !== null).map(([relation, target]) => `<${target}>; rel="${relation}"`).join(', ')
}
