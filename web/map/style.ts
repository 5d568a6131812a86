import type { ExpressionSpecification, Map as MapLibre, StyleSpecification } from 'maplibre-gl'
import type { MapColour } from '../view.js'
import { schemeColours } from './colours.js'
import outlines from './outlines.geojson?url'

/** The map's own style: outlines and plots, nothing from elsewhere. */
export function makeStyle (): StyleSpecification {
  return {
    version: 8,
    sources: {
      outlines: { type: 'geojson', data: new URL(outlines, import.meta.url).href },
      plots: { type: 'geojson', data: { type: 'FeatureCollection', features: [] }, cluster: true, clusterRadius: 44, clusterMaxZoom: 11 },
    },
    layers: [
      { id: 'sea', type: 'background', paint: { 'background-color': colour('sea') } },
      { id: 'neighbours', type: 'fill', source: 'outlines', filter: ['==', ['get', 'kind'], 'neighbour'], paint: { 'fill-color': colour('abroad') } },
      { id: 'land', type: 'fill', source: 'outlines', filter: ['==', ['get', 'kind'], 'state'], paint: { 'fill-color': colour('land') } },
      { id: 'borders', type: 'line', source: 'outlines', filter: ['==', ['get', 'kind'], 'state'], paint: { 'line-color': colour('border'), 'line-width': 1 } },
      {
        id: 'clusters',
        type: 'circle',
        source: 'plots',
        filter: ['has', 'point_count'],
        paint: {
          'circle-color': colour('cluster'),
          'circle-opacity': 0.88,
          'circle-radius': ['interpolate', ['linear'], ['sqrt', ['get', 'point_count']], 1, 10, 80, 34],
          'circle-stroke-color': colour('land'),
          'circle-stroke-width': 1.5,
        },
      },
      {
        id: 'counts',
        type: 'symbol',
        source: 'plots',
        filter: ['has', 'point_count'],
        layout: { 'text-field': ['get', 'point_count_abbreviated'], 'text-size': 12, 'text-allow-overlap': true },
        paint: { 'text-color': colour('cluster-ink') },
      },
      {
        id: 'plots',
        type: 'symbol',
        source: 'plots',
        filter: ['!', ['has', 'point_count']],
        layout: { 'icon-image': iconOf('cert_status'), 'icon-allow-overlap': true, 'icon-size': ['interpolate', ['linear'], ['zoom'], 6, 0.6, 13, 1] },
      },
    ],
  }
}

/** Which mark a plot has. */
export function iconOf (by: MapColour): ExpressionSpecification {
  return by === 'scheme'
    ? ['concat', 'scheme-', ['match', ['get', 'scheme'], Object.keys(schemeColours), ['get', 'scheme'], 'OTHER']]
    : ['match', ['get', 'cert_status'], ['ACTIVE', 'EXPIRED', 'DELAYED'], ['get', 'cert_status'], 'OTHER']
}

/** Follows the system from light to dark and back. */
export function paintTheme (map: MapLibre): void {
  map.setPaintProperty('sea', 'background-color', colour('sea'))
  map.setPaintProperty('neighbours', 'fill-color', colour('abroad'))
  map.setPaintProperty('land', 'fill-color', colour('land'))
  map.setPaintProperty('borders', 'line-color', colour('border'))
  map.setPaintProperty('clusters', 'circle-color', colour('cluster'))
  map.setPaintProperty('clusters', 'circle-stroke-color', colour('land'))
  map.setPaintProperty('counts', 'text-color', colour('cluster-ink'))
}

/** A colour of the page's style sheet. */
function colour (name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()
}
