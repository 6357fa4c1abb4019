import { describe, printable, type LoadedConfig } from '@longwire/kit'
import { CONFIG, type Config, type Role } from '../config.ts'
import { configFile, loadSettings, type CommonOptions } from '../settings.ts'
import type { Shell } from '../shell.ts'
import { paintFor } from '../terminal.ts'

export interface ConfigOptions extends CommonOptions {
  readonly print?: boolean
  readonly check?: boolean
  readonly role: Role
}

/** Checks the configuration, or shows it as it would be used. */
export const config = async (shell: Shell, options: ConfigOptions): Promise<void> => {
  const loaded = loadSettings(options, shell.env, options.role)
  const paint = paintFor(shell.stdout, shell.env)
  for (const warning of loaded.warnings)
    shell.stderr.write(`${paint.yellow('warning')}: ${warning}\n`)
  if (options.print === true) shell.stdout.write(listing(loaded))
  else
    shell.stdout.write(
      `${configFile(options, shell.env) ?? 'the configuration'} is good for longwire ${options.role}\n`,
    )
}

/** One line per value, with where it came from; secrets are masked. */
const listing = ({ config: values, origin }: LoadedConfig<Config>): string => {
  const rows = flatten(printable(CONFIG, values), '').map(
    ([path, value]) => [`${path}: ${JSON.stringify(value)}`, origin(path)] as const,
  )
  const width = Math.max(...rows.map(([text]) => text.length))
  return rows.map(([text, from]) => `${text.padEnd(width)}  # ${from}\n`).join('')
}

const flatten = (value: unknown, path: string): [string, unknown][] => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[path, value]]
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) =>
    flatten(inner, path === '' ? key : `${path}.${key}`),
  )
}

/** All keys, for `--help` and the documentation. */
export const configHelp = (): string =>
  describe(CONFIG)
    .map(({ key, variable, type, fallback, description }) => {
      const otherwise = fallback === '' ? '' : ` [${fallback}]`
      return `  ${key} (${type})${otherwise}\n      ${description}${variable === '' ? '' : `\n      ${variable}`}\n`
    })
    .join('')
