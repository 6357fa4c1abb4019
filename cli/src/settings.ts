import { existsSync } from 'node:fs'
import { loadConfig, type ConfigProblem, type LoadedConfig } from '@longwire/kit'
import { CONFIG, rulesFor, type Config, type Role } from './config.ts'

/** Options that every command has. */
export interface CommonOptions {
  readonly config?: string
  readonly data?: string
  /** Of a gate: how many processes; 0 means one for each core. */
  readonly workers?: number
}

export type Environment = Readonly<Record<string, string | undefined>>

const FILES = ['longwire.config.yaml', 'longwire.config.yml', 'longwire.config.json']

/** `--config`, else LONGWIRE_CONFIG, else a longwire.config file of the current directory. */
export const configFile = (options: CommonOptions, env: Environment): string | undefined =>
  options.config ?? env['LONGWIRE_CONFIG'] ?? FILES.find(name => existsSync(name))

/** Without a role only the values are checked, not whether they suffice to run something. */
export const loadSettings = (
  options: CommonOptions,
  env: Environment,
  role?: Role,
): LoadedConfig<Config> =>
  loadConfig(CONFIG, {
    file: configFile(options, env),
    env,
    overrides: overridesOf(options),
    ...(role === undefined
      ? {}
      : { rules: (config: Config): ConfigProblem[] => rulesFor(role)(config) }),
  })

const overridesOf = ({ data, workers }: CommonOptions): object => ({
  ...(data === undefined ? {} : { data }),
  ...(workers === undefined ? {} : { gate: { workers } }),
})
