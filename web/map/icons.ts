import type { Map as MapLibre } from 'maplibre-gl'
import { shapes, type Shape } from '../parts/status.js'
import { schemeColours, statusColours } from './colours.js'

const sizePixels = 16
const ratio = 2

/** The marks of plots: a shape for each status, and a disc for each scheme. */
export function addIcons (map: MapLibre): void {
  for (const shape of Object.keys(shapes).filter(isShape)) map.addImage(shape, draw(shapes[shape], statusColours[shape]), { pixelRatio: ratio })
  for (const [scheme, colour] of Object.entries(schemeColours)) map.addImage(`scheme-${scheme}`, draw(shapes.ACTIVE, colour), { pixelRatio: ratio })
}

function draw (path: string, colour: string): ImageData {
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = sizePixels * ratio
  const context = canvas.getContext('2d')
  if (context === null) throw new Error('No canvas')
  context.scale(ratio, ratio)
  const shape = new Path2D(path)
  context.fillStyle = colour
  context.fill(shape)
  context.strokeStyle = '#ffffff'
  context.lineWidth = 1
  context.stroke(shape)
  return context.getImageData(0, 0, canvas.width, canvas.height)
}

function isShape (name: string): name is Shape {
  return name in shapes
}
