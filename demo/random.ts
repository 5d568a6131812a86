/** A stream of pseudo-random choices, the same for the same seed on every machine. */
export interface Random {
  /** A number in [0, 1). */
  next (): number
  /** An integer from `min` to `max`, both included. */
  int (min: number, max: number): number
  chance (probability: number): boolean
  pick<T> (items: readonly T[]): T
  /** One of the items, each as often as its weight says. */
  weigh<T> (weighted: readonly (readonly [T, number])[]): T
  shuffle<T> (items: readonly T[]): T[]
}

/** Opens the stream that `seed` names; streams of different names are unrelated. */
export function createRandom (seed: string): Random {
  const next = createSfc32(seed)
  const int = (min: number, max: number) => min + Math.floor(next() * (max - min + 1))
  return {
    next,
    int,
    chance: probability => next() < probability,
    pick: items => take(items, int(0, items.length - 1)),
    weigh: weighted => weigh(weighted, next()),
    shuffle: items => shuffle(items, int),
  }
}

function take<T> (items: readonly T[], index: number): T {
  if (index < 0 || index >= items.length) throw new RangeError('nothing to choose from')
  // The index is in range; `T` itself may include undefined.
  return items[index] as T
}

function weigh<T> (weighted: readonly (readonly [T, number])[], fraction: number): T {
  const total = weighted.reduce((sum, [, weight]) => sum + weight, 0)
  let left = fraction * total
  const index = weighted.findIndex(([, weight]) => (left -= weight) < 0)
  return take(weighted, index < 0 ? weighted.length - 1 : index)[0]
}

function shuffle<T> (items: readonly T[], int: Random['int']): T[] {
  const shuffled = [...items]
  for (let last = shuffled.length - 1; last > 0; last--) {
    const other = int(0, last)
    const moved = take(shuffled, last)
    shuffled[last] = take(shuffled, other)
    shuffled[other] = moved
  }
  return shuffled
}

/** Chris Doty-Humphrey's small fast counter generator, seeded by an FNV-1a hash. */
function createSfc32 (seed: string): () => number {
  let a = hashText(seed)
  let b = hashText(`${seed}/b`)
  let c = hashText(`${seed}/c`)
  let counter = 1
  const step = () => {
    const sum = (a + b + counter++) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum | 0
    return (sum >>> 0) / 2 ** 32
  }
  for (let warmUp = 0; warmUp < 15; warmUp++) step()
  return step
}

function hashText (text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  return hash
}
