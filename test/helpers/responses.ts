import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import type { FastifyInstance } from 'fastify'
import { ProblemSchema } from '../../schemas/problem.js'

const ajv = new Ajv2020({ allErrors: true, strict: false, schemas: [ProblemSchema] })
const validators = new Map<unknown, ValidateFunction>()

/** Makes every answer that its route does not declare, or not like this, a failure of the test. */
export function checkResponses (app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply, payload) => {
    const type = String(reply.getHeader('content-type') ?? '').split(';')[0] ?? ''
    const responses = request.routeOptions.schema?.response
    const body = Buffer.isBuffer(payload) && reply.getHeader('content-encoding') === undefined ? payload.toString() : payload
    if (typeof body !== 'string' || body === '' || responses === undefined || typeof responses !== 'object' || responses === null) return payload
    const declared: unknown = Object.entries(responses).find(([status]) => status === String(reply.statusCode))?.[1]
    const schema = schemaOf(declared, type)
    if (schema === undefined) throw new Error(`${request.method} ${request.url} does not declare ${reply.statusCode} as ${type}: ${body.slice(0, 300)}`)
    const validate = validators.get(schema) ?? ajv.compile(schema)
    validators.set(schema, validate)
    if (!validate(/\bjson$/.test(type) ? JSON.parse(body) : body)) {
      throw new Error(`${request.method} ${request.url} answers ${reply.statusCode} otherwise than it declares: ${ajv.errorsText(validate.errors)}`)
    }
    return payload
  })
}

function schemaOf (declared: unknown, type: string): object | undefined {
  if (typeof declared !== 'object' || declared === null || !('content' in declared)) return undefined
  const media: unknown = Object.entries(declared.content ?? {}).find(([name]) => name === type)?.[1]
  return typeof media === 'object' && media !== null && 'schema' in media && typeof media.schema === 'object' && media.schema !== null ? media.schema : undefined
}
