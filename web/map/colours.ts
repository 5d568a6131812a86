import type { Shape } from '../parts/status.js'

/** Told apart by most eyes, and dark enough beside white and light enough beside black; the card says the name. */
export const schemeColours: Readonly<Record<string, string>> = {
  FELDA: '#1b8a5a',
  FELCRA: '#d55e00',
  RISDA: '#3b6fd4',
  KESEDAR: '#b8860b',
  KEJORA: '#cc4f9b',
  KETENGAH: '#7a55c7',
  KEDA: '#0e9aa7',
  SALCRA: '#a0522d',
  SLDB: '#5f7d0e',
  LKPP: '#c0392b',
  PERDA: '#4a5d8f',
  OTHER: '#7d7d7d',
}

export const statusColours: Readonly<Record<Shape, string>> = {
  ACTIVE: '#1b8a5a',
  EXPIRED: '#d2601a',
  DELAYED: '#5b6bd6',
  OTHER: '#7d7d7d',
}
