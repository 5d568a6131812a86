import { OshError, type ParameterError } from '../errors.js'

/** The error of a request with one wrong parameter. */
export function badParameter (parameter: string, detail: string, allowed?: ParameterError['allowed']): OshError {
  return new OshError('OSH_BAD_PARAMETER', `${parameter}: ${detail}`, { errors: [{ parameter, detail, ...(allowed && { allowed }) }] })
}

/** Between the values of a repeated parameter, whose last character may be a backslash. */
export const repeatSeparator = '\u001f'

const separators = new RegExp(`(?<!\\\\),|${repeatSeparator}`)

/** The values of a list; `\,` is a comma inside a value. Throws where one is empty. */
export function splitValues (parameter: string, text: string): string[] {
  const values = text.split(separators).map(value => unescapeCommas(value).trim())
  if (values.includes('')) throw badParameter(parameter, 'has an empty value; leave the parameter out, or write a comma inside a value as \\,')
  return values
}

/** A value with its `\,` read as commas. */
export function unescapeCommas (text: string): string {
  return text.replaceAll('\\,', ',')
}

/** The names in a list, each one of those allowed and none twice. */
export function splitNames<Name extends string> (parameter: string, text: string, allowed: readonly Name[]): Name[] {
  const names = splitValues(parameter, text).map(value => {
    const name = allowed.find(candidate => candidate === value.trim())
    if (name === undefined) throw badParameter(parameter, `${JSON.stringify(value)} is none of the fields that it takes`, allowed)
    return name
  })
  if (new Set(names).size < names.length) throw badParameter(parameter, 'names a field twice', allowed)
  return names
}
