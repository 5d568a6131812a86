import { problems, type ProblemCode } from '../src/errors.js'
import { Type } from './typebox/type.js'

/** RFC 9457. */
export const ProblemSchema = Type.Object({
  type: Type.String({ description: 'Names the kind of error', examples: ['urn:osh-api:problem:OSH_BAD_PARAMETER'] }),
  title: Type.String({ examples: [problems.OSH_BAD_PARAMETER.title] }),
  status: Type.Integer({ examples: [400] }),
  detail: Type.String({ description: 'What is wrong and what to do' }),
  instance: Type.String({ description: 'The id of the request, also in the log' }),
  code: Type.String({ examples: ['OSH_BAD_PARAMETER'] }),
  errors: Type.Optional(Type.Array(Type.Object({
    parameter: Type.String(),
    detail: Type.String(),
    allowed: Type.Optional(Type.Array(Type.Union([Type.String(), Type.Number()]))),
  }))),
}, { $id: 'Problem', title: 'Problem' })

// What any route may answer.
const common: readonly ProblemCode[] = ['OSH_URI_TOO_LONG', 'OSH_RATE_LIMITED', 'OSH_INTERNAL']

/** The responses of a route that ends with these errors, or with one that every route may end with, by status. */
export function problemResponses (...own: ProblemCode[]) {
  const codes = [...own, ...common]
  const statuses = new Set(codes.map(code => problems[code].status))
  return Object.fromEntries([...statuses].map(status => [status, {
    description: `${codes.filter(code => problems[code].status === status).map(code => `${problems[code].title} (\`${code}\`)`).join('; ')}.`,
    content: { 'application/problem+json': { schema: Type.Unsafe({ $ref: 'Problem#' }) } },
  }]))
}
