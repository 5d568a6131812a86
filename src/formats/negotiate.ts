import Negotiator from 'negotiator'
import { mediaTypes, type Format } from '../../schemas/formats.js'
import { OshError } from '../errors.js'

/** True where JSON is what such a header prefers, by the usual words for that. */
export function isIndifferent (accept: string | undefined): boolean {
  return accept === undefined || accept === '' || accept === '*/*'
}

/**
 * The format that a client wants: the one that it names, else what it accepts most of those offered,
 * of which the first is for who does not care. Throws `OSH_NOT_ACCEPTABLE`.
 */
export function chooseFormat (named: Format | undefined, accept: string | undefined, offered: readonly Format[]): Format {
  const [usual = 'json'] = offered
  if (named !== undefined) return named
  if (accept === undefined || isIndifferent(accept)) return usual
  const types = offered.flatMap(format => [...mediaTypes[format]])
  const [chosen] = new Negotiator({ headers: { accept: withoutParameters(accept) } }).mediaTypes(types)
  const format = offered.find(candidate => mediaTypes[candidate].some(type => type === chosen))
  if (format !== undefined) return format
  const names = offered.map(candidate => mediaTypes[candidate][0])
  throw new OshError('OSH_NOT_ACCEPTABLE', `Accept takes ${names.join(', ')}; or say format=${offered.join(', format=')}.`, { extensions: { offered: names } })
}

/** Without all but quality values, since `charset` and the like make no other answer. */
function withoutParameters (accept: string): string {
  return accept.replace(/;\s*(?!q\s*=)[^;,"\s]+\s*=\s*("[^"]*"|[^;,]*)/gi, '')
}
