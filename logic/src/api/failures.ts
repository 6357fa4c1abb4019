import type { FastifyError } from 'fastify'
import { Problem, problemOf, type FieldError } from './problems.ts'

/** How many wrong fields an answer lists. */
const ERRORS_MAX = 20

/** What went wrong inside Fastify, in our terms. */
export const failureOf = (error: unknown): Problem => {
  if (!isFastifyError(error)) return problemOf(error)
  if (error.validation !== undefined) return validationProblem(error)
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new Problem('BODY_TOO_LARGE', 'the body is too large; send fewer messages at once')
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new Problem('UNSUPPORTED_MEDIA_TYPE')
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return new Problem('BAD_JSON', 'the body is not JSON; send one JSON object in UTF-8')
    default:
      return error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500
        ? new Problem('BAD_REQUEST', 'the request cannot be read')
        : new Problem('INTERNAL')
  }
}

const isFastifyError = (error: unknown): error is FastifyError =>
  error instanceof Error &&
  !(error instanceof Problem) &&
  ('validation' in error || 'statusCode' in error)

const validationProblem = (error: FastifyError): Problem => {
  const rows = error.validation ?? []
  const where =
    error.validationContext === 'body' || error.validationContext === undefined
      ? ''
      : `${error.validationContext}/`
  const errors = rows.slice(0, ERRORS_MAX).map(row => fieldError(where, row))
  const first = errors[0]
  return new Problem(
    'INVALID',
    first === undefined ? undefined : `${first.field} ${first.problem}: ${first.remedy}`,
    errors,
  )
}

type Validation = NonNullable<FastifyError['validation']>[number]

const fieldError = (
  where: string,
  { instancePath, keyword, params, message }: Validation,
): FieldError => {
  const path = `${where}${instancePath.slice(1)}`
  const under = (name: unknown): string =>
    `${path}${path === '' || path.endsWith('/') ? '' : '/'}${String(name)}`
  switch (keyword) {
    case 'required':
      return { field: under(params['missingProperty']), problem: 'is missing', remedy: 'add it' }
    case 'additionalProperties':
      return {
        field: under(params['additionalProperty']),
        problem: 'is not known here',
        remedy: 'remove it, or correct its name',
      }
    case 'type':
      return {
        field: path === '' ? 'body' : path,
        problem: 'has the wrong type',
        remedy: `send a value of type ${String(params['type'])}`,
      }
    case 'enum':
      return {
        field: path,
        problem: 'is not one of the allowed values',
        remedy: `use one of ${String(params['allowedValues'])}`,
      }
    case 'pattern':
      return {
        field: path,
        problem: 'is not of the required form',
        remedy: `it ${message ?? 'must match'}`,
      }
    default:
      return {
        field: path,
        problem: 'is out of bounds',
        remedy: `it ${message ?? 'must be within bounds'}`,
      }
  }
}
