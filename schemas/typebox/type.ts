/**
 * What schemas are made with. The build makes a file each of this module and its neighbour, since TypeBox is many
 * hundred files, which would take a quarter of the time in which the service's modules load.
 */
export { Type } from 'typebox'
