import type { ErrorObject } from 'ajv'
import type { TSchema } from '@sinclair/typebox'
import { nearest } from './nearest.ts'
import { keysOf, variableName, type ConfigSchema } from './schema.ts'

export interface ConfigProblem {
  /** `http.address`, `apps[0].appcode` */
  readonly path: string
  /** What is wrong with the value. */
  readonly problem: string
  /** What to write instead. */
  readonly remedy: string
  /** Where the value came from. */
  readonly origin?: string
}

/** Everything that is wrong with a configuration, at once. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly problems: readonly ConfigProblem[]

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(formatProblem).join('\n'))
    this.problems = problems
  }
}

const formatProblem = ({ path, problem, remedy, origin }: ConfigProblem): string =>
  `${path === '' ? 'the configuration' : path} ${problem}${origin === undefined ? '' : ` (${origin})`}\n  → ${remedy}`

/** `/apps/0/appcode` → `apps[0].appcode` */
const pathOf = (pointer: string): string =>
  pointer
    .split('/')
    .slice(1)
    .map(part => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((path, part) => (/^\d+$/.test(part) ? `${path}[${part}]` : join(path, part)), '')

const join = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`)
const show = (value: unknown): string => JSON.stringify(value) ?? String(value)

const typeName = (value: unknown): string => {
  if (value === null) return 'empty'
  if (Array.isArray(value)) return 'a list'
  return (
    { string: 'text', number: 'a number', boolean: 'true or false', object: 'a group of keys' }[
      typeof value as string
    ] ?? typeof value
  )
}
const wantedType: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  object: 'a group of keys',
  array: 'a list',
}

/** Says what one complaint of the validator means for the person who wrote the file. */
export const explain = (schema: TSchema, error: ErrorObject): ConfigProblem => {
  const path = pathOf(error.instancePath)
  const params = error.params as Readonly<Record<string, unknown>>
  const about: ConfigSchema | undefined = error.parentSchema as ConfigSchema | undefined
  const value =
    about?.secret === undefined || about.secret === false ? show(error.data) : 'the value'
  switch (error.keyword) {
    case 'additionalProperties':
      return unknownKey(schema, path, String(params['additionalProperty']))
    case 'required': {
      const missing = join(path, String(params['missingProperty']))
      return {
        path: missing,
        problem: 'is missing',
        remedy: `set ${missing}${variableHint(missing)}`,
      }
    }
    case 'type':
      return {
        path,
        problem: `is ${typeName(error.data)}, but must be ${wantedType[String(params['type'])] ?? String(params['type'])}`,
        remedy: remedyOf(path, about),
      }
    case 'enum':
      return {
        path,
        problem: `is ${value}`,
        remedy: `use one of ${listOf(params['allowedValues'])}`,
      }
    case 'minimum':
    case 'maximum':
      return {
        path,
        problem: `is ${value}, but must be ${String(params['comparison'])} ${String(params['limit'])}`,
        remedy: remedyOf(path, about),
      }
    default:
      return { path, problem: `is ${value}, which is not valid`, remedy: remedyOf(path, about) }
  }
}

const listOf = (values: unknown): string =>
  Array.isArray(values) ? values.map(String).join(', ') : String(values)

const variableHint = (path: string): string =>
  path.includes('[') ? '' : ` in the configuration file, or the variable ${variableName(path)}`

const remedyOf = (path: string, schema: ConfigSchema | undefined): string => {
  const examples: unknown = schema?.['examples']
  const example: unknown = Array.isArray(examples) ? examples[0] : schema?.['default']
  const wanted = schema?.description === undefined ? '' : `${schema.description}; `
  return example === undefined
    ? `${wanted}correct it or leave it out`
    : `${wanted}for example ${path}: ${show(example)}`
}

const unknownKey = (schema: TSchema, parent: string, key: string): ConfigProblem => {
  const path = join(parent, key)
  const shape = parent.replaceAll(/\[\d+\]/g, '[]')
  const all = keysOf(schema).map(known => known.path)
  const siblings = all
    .filter(known => known.slice(0, Math.max(0, known.lastIndexOf('.'))) === shape)
    .map(known => known.slice(known.lastIndexOf('.') + 1))
  const close = nearest(key, siblings)
  const elsewhere = all.find(known => known.endsWith(`.${key}`) && !known.includes('['))
  const problem = 'is not a known key'
  if (close !== undefined) return { path, problem, remedy: `did you mean ${join(parent, close)}?` }
  if (elsewhere !== undefined) return { path, problem, remedy: `did you mean ${elsewhere}?` }
  return { path, problem, remedy: `known keys here: ${siblings.join(', ')}` }
}
