import type { Static } from 'typebox'
import { Type } from './typebox/type.js'

/** The states with upstream's ids. Source: `references/states` of upstream's host. */
export const states = [
  { stateId: 1, state: 'Johor' },
  { stateId: 2, state: 'Kedah' },
  { stateId: 3, state: 'Kelantan' },
  { stateId: 4, state: 'Melaka' },
  { stateId: 5, state: 'Negeri Sembilan' },
  { stateId: 6, state: 'Pahang' },
  { stateId: 7, state: 'Perak' },
  { stateId: 8, state: 'Perlis' },
  { stateId: 9, state: 'Pulau Pinang' },
  { stateId: 10, state: 'Sabah' },
  { stateId: 11, state: 'Sarawak' },
  { stateId: 12, state: 'Selangor' },
  { stateId: 13, state: 'Terengganu' },
  { stateId: 14, state: 'Kuala Lumpur' },
  { stateId: 15, state: 'Labuan' },
  { stateId: 16, state: 'Putrajaya' },
] as const

/** The scheme of an entity whose name begins with no known organisation. */
export const otherScheme = 'OTHER'

/** The managing organisations whose name opens `entity_name`, with their full names. */
export const schemes = [
  { scheme: 'FELDA', name: 'Federal Land Development Authority' },
  { scheme: 'FELCRA', name: 'Federal Land Consolidation and Rehabilitation Authority' },
  { scheme: 'RISDA', name: 'Rubber Industry Smallholders Development Authority' },
  { scheme: 'KESEDAR', name: 'South Kelantan Development Authority' },
  { scheme: 'KEJORA', name: 'Johor Regional Development Authority' },
  { scheme: 'KETENGAH', name: 'Terengganu Tengah Development Authority' },
  { scheme: 'KEDA', name: 'Kedah Regional Development Authority' },
  { scheme: 'SALCRA', name: 'Sarawak Land Consolidation and Rehabilitation Authority' },
  { scheme: 'SLDB', name: 'Sabah Land Development Board' },
  { scheme: 'LKPP', name: 'Lembaga Kemajuan Perusahaan Pertanian Negeri Pahang' },
  { scheme: 'PERDA', name: 'Penang Regional Development Authority' },
  { scheme: otherScheme, name: 'Any other organisation' },
] as const

/** The certification statuses that upstream is known to use. */
export const certificationStatuses = ['ACTIVE', 'EXPIRED', 'DELAYED'] as const

/** Degrees, WGS 84: Malaysia lies within. */
export const malaysia = { minLongitude: 99.6, minLatitude: 0.8, maxLongitude: 119.3, maxLatitude: 7.4 } as const

export const StateSchema = Type.Object({
  stateId: Type.Integer({ description: 'Upstream\'s id of the state', examples: [1] }),
  state: Type.String({ examples: ['Johor'] }),
}, { title: 'State', additionalProperties: false })

export const SchemeSchema = Type.Object({
  scheme: Type.String({ description: 'What `scheme=` takes', examples: ['FELDA'] }),
  name: Type.String({ description: 'Full name of the organisation', examples: ['Federal Land Development Authority'] }),
}, { title: 'Scheme', additionalProperties: false })

export type State = Static<typeof StateSchema>
export type Scheme = Static<typeof SchemeSchema>
