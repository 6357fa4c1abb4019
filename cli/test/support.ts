import { createLogger, loadConfig, type Logger } from '@longwire/kit'
import { CONFIG, type Config } from '../src/config.ts'
import { main } from '../src/program.ts'

/** A configuration on free ports with a store of its own. */
export const trialConfig = (data: string, overrides: object = {}): Config => {
  const address = '127.0.0.1:0'
  const gate = {
    tcp: { address },
    ws: { address },
    limits: { drainSpreadMs: 0 },
    operations: { address },
  }
  const ports = { gate, http: { address }, backend: { address }, trunk: { address } }
  return loadConfig(CONFIG, { overrides: { data, ...ports, ...overrides } }).config
}

export const silent: Logger = createLogger({ level: 'silent', name: 'test' })

export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs a command line in this process. */
export const run = async (
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ran> => {
  let out = ''
  let err = ''
  const stdout = { write: (text: string) => (out += text) }
  const stderr = { write: (text: string) => (err += text) }
  const code = await main(args, { env, stdout, stderr, interrupted: new AbortController().signal })
  return { code, out, err }
}
