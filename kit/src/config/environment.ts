import type { TSchema } from '@sinclair/typebox'
import { nearest } from './nearest.ts'
import type { ConfigProblem } from './problem.ts'
import { keysOf, variableName, type ConfigKey } from './schema.ts'

const PREFIX = 'LONGWIRE_'

export interface Setting {
  readonly path: string
  readonly variable: string
  readonly value: unknown
}

export interface Environment {
  readonly settings: readonly Setting[]
  readonly problems: readonly ConfigProblem[]
  readonly warnings: readonly string[]
}

/** Takes what `LONGWIRE_…` variables set. Other variables of that prefix belong to somebody else. */
export const readEnvironment = (
  schema: TSchema,
  env: Readonly<Record<string, string | undefined>>,
): Environment => {
  const keys = new Map(
    keysOf(schema)
      .filter(key => !key.path.includes('['))
      .map(key => [variableName(key.path), key]),
  )
  const settings: Setting[] = []
  const problems: ConfigProblem[] = []
  const warnings: string[] = []
  for (const [variable, text] of Object.entries(env)) {
    if (!variable.startsWith(PREFIX) || text === undefined) continue
    const key = keys.get(variable)
    if (key === undefined) {
      const close = nearest(
        variable.slice(PREFIX.length),
        [...keys.keys()].map(name => name.slice(PREFIX.length)),
      )
      if (close !== undefined)
        warnings.push(`${variable} sets nothing; did you mean ${PREFIX}${close}?`)
      continue
    }
    const value = parse(key, text)
    if (value === undefined)
      problems.push({
        path: key.path,
        problem: 'is not valid JSON',
        remedy: `write the value as JSON, ${example(key)}`,
        origin: variable,
      })
    else settings.push({ path: key.path, variable, value })
  }
  // A section set as a whole comes first, its keys may refine it.
  settings.sort((a, b) => a.path.length - b.path.length)
  return { settings, problems, warnings }
}

const example = (key: ConfigKey): string =>
  key.schema['type'] === 'array' ? 'as in [1, 2]' : 'as in {"key": "value"}'

/** Undefined where it should be JSON and is not. A number that is none stays text, so that the schema complains. */
const parse = (key: ConfigKey, text: string): unknown => {
  switch (key.schema['type']) {
    case 'number':
    case 'integer':
      return text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text)
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : text
    case 'array':
    case 'object':
      try {
        return JSON.parse(text)
      } catch {
        return undefined
      }
    default:
      return text
  }
}
