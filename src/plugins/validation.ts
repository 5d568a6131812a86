import { AjvCompiler } from '@fastify/ajv-compiler'
import { closest, distance } from 'fastest-levenshtein'
import type { FastifyInstance, FastifySchemaCompiler, FastifySchemaValidationError } from 'fastify'
import fp from 'fastify-plugin'
import { listParameters } from '../../schemas/query.js'
import { OshError, type ParameterError } from '../errors.js'
import { normalizeTime } from '../query/filter.js'
import { badParameter, repeatSeparator } from '../query/values.js'
import { parseSelector } from '../snapshots/selector.js'

const maxUrlLength = 32_768
const plainNumber = /^-?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i

// Ajv's settings: nothing is dropped silently, everything wrong is told at once.
const ajvOptions = {
  removeAdditional: false,
  coerceTypes: true,
  allErrors: true,
  useDefaults: true,
  // Has no effect on what is taken; lets an error name the parameters that a route has.
  verbose: true,
  formats: {
    snapshot: (text: string) => parseSelector(text) !== undefined,
    'date-or-time': (text: string) => {
      try {
        normalizeTime(text)
        return true
      } catch {
        return false
      }
    },
  },
} as const

const compile = AjvCompiler()({}, { customOptions: ajvOptions })

/** Compiles a schema when it is first needed: to compile all of them would take longer than anything else at the start. */
const compileLater: FastifySchemaCompiler<unknown> = route => {
  let compiled: ReturnType<typeof compile> | undefined
  const validate: ReturnType<FastifySchemaCompiler<unknown>> = data => {
    compiled ??= compile(route)
    const isValid = compiled(data) === true
    validate.errors = compiled.errors ?? null
    return isValid
  }
  return validate
}

/** Validates by the schemas of the routes, and makes a repeated parameter a list with commas, where the parameter takes a list. */
export default fp(async function validationPlugin (app: FastifyInstance) {
  app.setValidatorCompiler(compileLater)
  app.addHook('onRequest', ({ url }, _reply, done) => {
    if (url.length > maxUrlLength) done(new OshError('OSH_URI_TOO_LONG', `The URL has ${url.length} characters; at most ${maxUrlLength} are taken.`))
    else if (!isDecodable(url)) done(new OshError('OSH_BAD_REQUEST', 'The URL is not percent-encoded UTF-8; write a percent sign as %25.'))
    else done()
  })
  app.addHook('preValidation', async request => {
    const { querystring, params } = request.routeOptions.schema ?? {}
    request.query = joinRepeated(Object(request.query), propertiesOf(querystring))
    for (const [values, properties] of [[request.query, propertiesOf(querystring)], [request.params, propertiesOf(params)]] as const) {
      for (const [name, value] of Object.entries(Object(values))) assertPlainNumber(name, value, properties[name])
    }
  })
}, { name: 'validation' })

function isDecodable (url: string): boolean {
  if (!url.includes('%')) return true
  try {
    decodeURIComponent(url)
    return true
  } catch {
    return false
  }
}

function propertiesOf (schema: unknown): Record<string, { type?: unknown }> {
  return Object(Object(schema).properties)
}

/** Repeated parameters as one list, where the route knows them; throws where one takes a single value. */
function joinRepeated (query: Record<string, unknown>, properties: Record<string, unknown>): Record<string, unknown> {
  const joined = { ...query }
  for (const [name, value] of Object.entries(query)) {
    if (!Array.isArray(value) || !Object.hasOwn(properties, name)) continue
    if (!listParameters.has(name)) throw badParameter(name, 'is given more than once, but takes one value')
    if (value.includes('')) throw badParameter(name, 'has an empty value; leave it out')
    joined[name] = value.join(repeatSeparator)
  }
  return joined
}

/** Ajv would also read blanks, hexadecimal digits and infinity as numbers. */
function assertPlainNumber (name: string, value: unknown, property: { type?: unknown } | undefined): void {
  if (typeof value !== 'string' || (property?.type !== 'number' && property?.type !== 'integer')) return
  if (!plainNumber.test(value) || !Number.isFinite(Number(value))) throw badParameter(name, `takes ${property.type === 'integer' ? 'a whole number' : 'a number'}`)
}

/** A 400 that names each wrong parameter, what is allowed, and for an unknown one the nearest known. */
export function describeValidation (faults: readonly FastifySchemaValidationError[], context = 'querystring'): OshError {
  const errors = new Map<string, ParameterError>()
  // Ajv tells what is wrong with each choice before it tells that none of them fits.
  for (const fault of faults.filter(({ keyword }) => keyword !== 'const')) {
    const error = describeFault(fault)
    if (!errors.has(error.parameter)) errors.set(error.parameter, error)
  }
  const list = [...errors.values()]
  const detail = list.map(({ parameter, detail }) => `${parameter}: ${detail}`).join('; ')
  return new OshError('OSH_BAD_PARAMETER', context === 'querystring' || context === 'params' ? detail : `${context}: ${detail}`, { errors: list })
}

interface Verbose {
  parentSchema?: { description?: string, properties?: Record<string, unknown>, anyOf?: readonly { const?: string | number }[] }
}

function describeFault (fault: FastifySchemaValidationError & Verbose): ParameterError {
  const { keyword, params, instancePath, parentSchema } = fault
  if (keyword === 'additionalProperties') return describeUnknown(String(params['additionalProperty']), Object.keys(parentSchema?.properties ?? {}))
  const parameter = instancePath.slice(1).replaceAll('~1', '/').replaceAll('~0', '~')
  const allowed = parentSchema?.anyOf?.flatMap(choice => choice.const === undefined ? [] : [choice.const])
  if (allowed !== undefined && allowed.length > 0) return { parameter, detail: `takes ${allowed.join(' or ')}`, allowed }
  if (keyword === 'pattern' && parentSchema?.description !== undefined) return { parameter, detail: `takes ${parentSchema.description}` }
  return { parameter, detail: explain(keyword, params, fault.message ?? 'is malformed') }
}

function describeUnknown (parameter: string, known: readonly string[]): ParameterError {
  const shown = parameter.slice(0, 100)
  if (known.length === 0) return { parameter: shown, detail: 'is unknown: this route takes no parameters', allowed: [] }
  const nearest = closest(shown, [...known])
  const isNear = distance(shown, nearest) <= Math.max(2, shown.length / 2)
  return { parameter: shown, detail: isNear ? `is unknown; did you mean ${nearest}?` : 'is unknown', allowed: known }
}

function explain (keyword: string, params: Record<string, unknown>, message: string): string {
  if (keyword === 'minLength') return 'is empty; leave it out or give it a value'
  if (keyword === 'format' && params['format'] === 'snapshot') return 'takes latest, a day such as 2026-11-23 or 20261123, or the exact form in meta.snapshot'
  if (keyword === 'format' && params['format'] === 'date-or-time') return 'takes an ISO 8601 date or date-time, such as 2026-11-23 or 2026-11-23T06:30:00Z'
  return message
}
