import { type FilterSpecification, type GeoJSONSource, Map as MapLibre, NavigationControl, setWorkerUrl } from 'maplibre-gl'
import 'maplibre-gl/dist/maplibre-gl.css'
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url'
import type { FeatureCollection } from 'geojson'
import { ask } from '../api.js'
import type { MapColour } from '../view.js'
import { addIcons } from './icons.js'
import { iconOf, makeStyle, paintTheme } from './style.js'

export interface PlotMap {
  /** Shows the plots of an answer in GeoJSON. */
  show (request: string, signal: AbortSignal): Promise<void>
  colour (by: MapColour): void
  close (): void
}

export interface MapOptions {
  label: string
  onPlot (id: string): void
}

const malaysia: [number, number, number, number] = [99.4, 0.7, 119.4, 7.5]
const surroundings: [number, number, number, number] = [96, -2.5, 122.5, 10]
const darkness = matchMedia('(prefers-color-scheme: dark)')

setWorkerUrl(new URL(workerUrl, import.meta.url).href)

/** Opens a map of Malaysia in the box; fails where the browser cannot draw one. */
export async function openMap (box: HTMLElement, { label, onPlot }: MapOptions): Promise<PlotMap> {
  const map = new MapLibre({
    container: box,
    style: makeStyle(),
    bounds: malaysia,
    fitBoundsOptions: { padding: 16 },
    maxBounds: surroundings,
    maxZoom: 17,
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    cooperativeGestures: false,
    locale: { 'Map.Title': label },
  })
  map.addControl(new NavigationControl({ showCompass: false }), 'top-right')
  map.touchZoomRotate.disableRotation()
  await map.once('load')
  addIcons(map)
  listen(map, onPlot)
  const repaint = () => paintTheme(map)
  darkness.addEventListener('change', repaint)
  return {
    show: async (request, signal) => {
      const plots = await ask<FeatureCollection>(request, signal)
      map.getSource<GeoJSONSource>('plots')?.setData(plots)
      fitTo(map, plots)
    },
    colour: by => map.setLayoutProperty('plots', 'icon-image', iconOf(by)),
    close: () => {
      darkness.removeEventListener('change', repaint)
      map.remove()
    },
  }
}

/** A cluster comes closer when it is chosen, a plot shows its card. */
function listen (map: MapLibre, onPlot: (id: string) => void): void {
  const isCluster: FilterSpecification = ['has', 'point_count']
  map.on('click', async ({ point }) => {
    const [cluster] = map.queryRenderedFeatures(point, { layers: ['clusters'], filter: isCluster })
    if (cluster?.geometry.type === 'Point') {
      const zoom = await map.getSource<GeoJSONSource>('plots')?.getClusterExpansionZoom(Number(cluster.properties['cluster_id']))
      const [longitude = 0, latitude = 0] = cluster.geometry.coordinates
      map.easeTo({ center: [longitude, latitude], zoom: zoom ?? map.getZoom() + 2 })
      return
    }
    const [plot] = map.queryRenderedFeatures(point, { layers: ['plots'] })
    if (plot !== undefined) onPlot(String(plot.properties['entity_smallholder_id']))
  })
  for (const layer of ['clusters', 'plots']) {
    map.on('mouseenter', layer, () => { map.getCanvas().style.cursor = 'pointer' })
    map.on('mouseleave', layer, () => { map.getCanvas().style.cursor = '' })
  }
}

/** Moves to where the plots are, or to the whole country where there are none. */
function fitTo (map: MapLibre, { features }: FeatureCollection): void {
  let [west, south, east, north] = [180, 90, -180, -90]
  for (const { geometry } of features) {
    if (geometry?.type !== 'Point') continue
    const [longitude = 0, latitude = 0] = geometry.coordinates
    west = Math.min(west, longitude)
    east = Math.max(east, longitude)
    south = Math.min(south, latitude)
    north = Math.max(north, latitude)
  }
  const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches
  map.fitBounds(west > east ? malaysia : [west, south, east, north], { padding: 40, maxZoom: 13, duration: isStill ? 0 : 600 })
}
