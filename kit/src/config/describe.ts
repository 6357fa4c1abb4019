import type { TSchema } from '@sinclair/typebox'
import { keysOf, variableName, type ConfigSchema } from './schema.ts'

export interface ConfigRow {
  readonly key: string
  /** The variable that sets it; empty for what stands within a list. */
  readonly variable: string
  readonly type: string
  /** As JSON; empty where there is none. */
  readonly fallback: string
  readonly description: string
}

/** One row per key that can be set, for help and documentation. */
export const describe = (schema: TSchema): ConfigRow[] =>
  keysOf(schema)
    .filter(key => key.leaf)
    .map(({ path, schema: about }) => ({
      key: path,
      variable: path.includes('[') ? '' : variableName(path),
      type: typeOf(about),
      fallback: about['default'] === undefined ? '' : JSON.stringify(about['default']),
      description: about.description ?? '',
    }))

const typeOf = (schema: ConfigSchema): string => {
  const words: unknown = schema['enum']
  if (Array.isArray(words)) return words.join(' | ')
  return (
    { string: 'text', integer: 'number', array: 'list', object: 'group' }[String(schema['type'])] ??
    String(schema['type'])
  )
}

/** The configuration as it may be shown: secrets are masked. */
export const printable = (schema: TSchema, value: unknown): unknown => {
  const secret: unknown = schema['secret']
  if (secret === true) return value === undefined || value === '' ? value : '***'
  if (secret === 'url' && typeof value === 'string')
    return value.replace(/(\/\/[^/@]*:)[^/@]*@/, '$1***@')
  if (Array.isArray(value)) return value.map(item => printable(inner(schema['items']), item))
  if (typeof value !== 'object' || value === null) return value
  const properties = inner(schema['properties'])
  return Object.fromEntries(
    Object.entries(value).map(([key, item]: [string, unknown]) => [
      key,
      printable(inner(properties[key]), item),
    ]),
  )
}

const inner = (schema: unknown): TSchema =>
  typeof schema === 'object' && schema !== null ? (schema as TSchema) : ({} as TSchema)
