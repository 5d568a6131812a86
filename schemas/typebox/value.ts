/** What values are checked with. */
export { Value } from 'typebox/value'
