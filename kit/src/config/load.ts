import { Ajv } from 'ajv'
import type { Static, TSchema } from '@sinclair/typebox'
import { readEnvironment, type Setting } from './environment.ts'
import { readConfigFile, type ConfigFile } from './file.ts'
import { ConfigError, explain, type ConfigProblem } from './problem.ts'

export interface ConfigSources<T = unknown> {
  /** YAML or JSON. */
  readonly file?: string | undefined
  readonly env?: Readonly<Record<string, string | undefined>>
  /** From the command line; beats the environment, which beats the file. */
  readonly overrides?: object
  /** What a schema cannot say, checked once the schema holds. */
  readonly rules?: (config: T) => readonly ConfigProblem[]
}

export interface LoadedConfig<T> {
  readonly config: T
  /** Where a value came from: `longwire.config.yaml:3`, a variable, `command line` or `default`. */
  readonly origin: (path: string) => string
  /** Variables that look like typing errors. */
  readonly warnings: readonly string[]
}

/** Reads, merges and checks a configuration. Throws {@link ConfigError} with all problems at once. */
export const loadConfig = <S extends TSchema>(
  schema: S,
  sources: ConfigSources<Static<S>>,
): LoadedConfig<Static<S>> => {
  const file = sources.file === undefined ? undefined : readConfigFile(sources.file)
  const environment = readEnvironment(schema, sources.env ?? {})
  let merged: unknown = structuredClone(file?.value ?? {})
  for (const { path, value } of environment.settings)
    merged = merge(merged, nest(path.split('.'), value))
  merged = merge(merged, structuredClone(sources.overrides ?? {}))

  const origin = (path: string): string =>
    originOf(path, { file, settings: environment.settings, overrides: sources.overrides ?? {} })
  const located = (problem: ConfigProblem): ConfigProblem => {
    const from = origin(problem.path)
    return problem.origin !== undefined || from === 'default'
      ? problem
      : { ...problem, origin: from }
  }
  const validate = new Ajv({
    allErrors: true,
    useDefaults: true,
    verbose: true,
    strict: false,
  }).compile<Static<S>>(schema)
  const valid = validate(merged)
  const problems = [
    ...environment.problems,
    ...(validate.errors ?? []).map(error => located(explain(schema, error))),
  ]
  if (!valid || problems.length > 0) throw new ConfigError(problems)
  const broken = (sources.rules?.(merged) ?? []).map(located)
  if (broken.length > 0) throw new ConfigError(broken)
  return { config: merged, origin, warnings: environment.warnings }
}

interface Origins {
  readonly file: ConfigFile | undefined
  readonly settings: readonly Setting[]
  readonly overrides: object
}

const originOf = (path: string, { file, settings, overrides }: Origins): string => {
  const keys = [...path.matchAll(/[^.[\]]+/g)].map(([part]) =>
    /^\d+$/.test(part) ? Number(part) : part,
  )
  // A missing or wrong key may stand only partly in a source; the deepest part says where to look.
  if (has(overrides, keys)) return 'command line'
  const setting = settings.findLast(
    ({ path: set }) => path === set || path.startsWith(`${set}.`) || path.startsWith(`${set}[`),
  )
  if (setting !== undefined) return setting.variable
  return (keys.length > 0 ? file?.origin(keys) : undefined) ?? 'default'
}

const isGroup = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const has = (value: unknown, keys: readonly (string | number)[]): boolean =>
  keys.length > 0 &&
  keys.reduce<unknown>((inner, key) => (isGroup(inner) ? inner[String(key)] : undefined), value) !==
    undefined

const nest = (keys: readonly string[], value: unknown): unknown =>
  keys.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value)

/** Groups are merged key by key, everything else is replaced. */
const merge = (under: unknown, over: unknown): unknown => {
  if (!isGroup(under) || !isGroup(over)) return over
  const entries = Object.entries(over).map(([key, value]): [string, unknown] => [
    key,
    Object.hasOwn(under, key) ? merge(under[key], value) : value,
  ])
  return Object.fromEntries([...Object.entries(under), ...entries])
}
