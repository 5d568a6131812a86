import { mediaTypes } from '../../schemas/formats.js'
import { malaysia } from '../../schemas/reference.js'

/** A link as the standard has it. */
export interface Link {
  href: string
  rel: string
  type: string
  title?: string
}

export const openapiType = 'application/vnd.oai.openapi+json;version=3.0'
export const jsonType = 'application/json'
export const [geojsonType] = mediaTypes.geojson
export const collectionId = 'smallholders'

const crs84 = 'http://www.opengis.net/def/crs/OGC/1.3/CRS84'
const part1 = 'http://www.opengis.net/spec/ogcapi-features-1/1.0/conf'
const title = 'Organised palm-oil smallholders of Malaysia'
const description = 'The plots of the latest snapshot; those without a usable location have no geometry'

/** The paths of the resources below an origin. */
export function pathsOf (origin: string) {
  const root = `${origin}/ogc`
  const collection = `${root}/collections/${collectionId}`
  return { origin, root, api: `${root}/api`, conformance: `${root}/conformance`, collections: `${root}/collections`, collection, items: `${collection}/items` }
}

export type Paths = ReturnType<typeof pathsOf>

/** The landing page. */
export function describeRoot (paths: Paths) {
  return {
    title,
    description: 'OGC API - Features of the register',
    links: [
      { href: paths.root, rel: 'self', type: jsonType, title: 'This document' },
      { href: paths.api, rel: 'service-desc', type: openapiType, title: 'The definition of this API' },
      { href: `${paths.origin}/docs`, rel: 'service-doc', type: 'text/html', title: 'The whole service' },
      { href: paths.conformance, rel: 'conformance', type: jsonType, title: 'What this API conforms to' },
      { href: paths.collections, rel: 'data', type: jsonType, title: 'The data' },
    ],
  }
}

export const conformance = { conformsTo: ['core', 'geojson', 'oas30'].map(name => `${part1}/${name}`) }

/** The one collection. */
export function describeCollection (paths: Paths) {
  // Not `alternate`, which is for this document in another encoding.
  const downloads = (['csv', 'geojson', 'parquet'] as const).map(format => (
    { href: `${paths.origin}/smallholders?format=${format}`, rel: 'enclosure', type: mediaTypes[format][0], title: `The whole collection as ${format}` }))
  return {
    id: collectionId,
    title,
    description,
    itemType: 'feature',
    crs: [crs84],
    extent: {
      spatial: { bbox: [[malaysia.minLongitude, malaysia.minLatitude, malaysia.maxLongitude, malaysia.maxLatitude]], crs: crs84 },
      temporal: { interval: [[null, null]], trs: 'http://www.opengis.net/def/uom/ISO-8601/0/Gregorian' },
    },
    links: [
      { href: paths.collection, rel: 'self', type: jsonType, title: 'This document' },
      { href: paths.items, rel: 'items', type: geojsonType, title: 'The plots' },
      ...downloads,
    ],
  }
}

/** The list of collections. */
export function describeCollections (paths: Paths) {
  return { links: [{ href: paths.collections, rel: 'self', type: jsonType, title: 'This document' }], collections: [describeCollection(paths)] }
}
