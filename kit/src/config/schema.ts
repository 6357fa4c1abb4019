import { Type, type TObject, type TProperties, type TSchema, type TUnsafe } from '@sinclair/typebox'

/** What a config schema may say beside JSON Schema. */
export interface ConfigSchema extends TSchema {
  /** `true`: never printed. `'url'`: its password is never printed. */
  readonly secret?: boolean | 'url'
}

/** A group of keys: closed against typing errors, and there even when nothing is set. */
export const section = <T extends TProperties>(properties: T, description: string): TObject<T> =>
  Type.Object(properties, { description, additionalProperties: false, default: {} })

/** One word of several. */
export const choice = <const T extends string>(
  words: readonly T[],
  options: { description: string; default?: T },
): TUnsafe<T> => Type.Unsafe<T>({ type: 'string', enum: [...words], ...options })

export interface ConfigKey {
  /** `http.address`; `apps[].appcode` within an array. */
  readonly path: string
  readonly schema: ConfigSchema
  /** A leaf is set by one value; a section is not. */
  readonly leaf: boolean
}

const isSchema = (value: unknown): value is ConfigSchema =>
  typeof value === 'object' && value !== null

/** Every key of a schema, sections before what is in them. */
export const keysOf = (schema: TSchema, prefix = ''): ConfigKey[] => {
  const properties: unknown = schema['properties']
  if (!isSchema(properties)) return []
  return Object.entries(properties).flatMap(([name, value]: [string, unknown]) => {
    if (!isSchema(value)) return []
    const path = prefix === '' ? name : `${prefix}.${name}`
    const items: unknown = value['items']
    const inner = isSchema(items) ? keysOf(items, `${path}[]`) : keysOf(value, path)
    return [{ path, schema: value, leaf: inner.length === 0 || isSchema(items) }, ...inner]
  })
}

/** `mailbox.maxBytes` → `LONGWIRE_MAILBOX_MAX_BYTES` */
export const variableName = (path: string): string =>
  `LONGWIRE_${path
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll('.', '_')
    .toUpperCase()}`
