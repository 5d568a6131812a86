import { usePage } from '../context.js'

export const statuses = ['ACTIVE', 'EXPIRED', 'DELAYED'] as const
export type Shape = typeof statuses[number] | 'OTHER'

/** Which of the known statuses it is, or another. */
export function shapeOf (status: string | null | undefined): Shape {
  return statuses.find(known => known === status) ?? 'OTHER'
}

/** How each status is drawn, here and on the map, so that nobody needs to tell colours apart. */
export const shapes: Readonly<Record<Shape, string>> = {
  ACTIVE: 'M8 2.500A5.500 5.500 0 1 1 8 13.500A5.500 5.500 0 1 1 8 2.500Z',
  EXPIRED: 'M8 1L15 8L8 15L1 8Z',
  DELAYED: 'M8 1.500L15 14H1Z',
  OTHER: 'M2.500 2.500H13.500V13.500H2.500Z',
}

/** The mark of a status, with its name unless that stands beside it. */
export function Status ({ status, bare = false }: { status: string | null | undefined, bare?: boolean }) {
  const { text } = usePage()
  const shape = shapeOf(status)
  return (
    <span class={`status status-${shape}`}>
      <svg viewBox='0 0 16 16' aria-hidden='true'><path d={shapes[shape]} /></svg>
      {!bare && (shape === 'OTHER' && status ? status : text.statuses[shape])}
    </span>
  )
}
