import { accessSync, constants } from 'node:fs'
import { createServer } from 'node:net'
import { ConfigError, type ConfigProblem } from '@longwire/kit'

export interface WantedAddress {
  /** Key of the configuration that says it. */
  readonly key: string
  readonly address: string
}

export interface WantedFile {
  readonly key: string
  readonly file: string | undefined
}

/** Whether the files that the configuration names can be read. */
export const checkFiles = (
  wanted: readonly WantedFile[],
  origin: (key: string) => string,
): void => {
  const problems: ConfigProblem[] = []
  for (const { key, file } of wanted) {
    if (file === undefined || readable(file)) continue
    const remedy = 'name a PEM file that this user can read'
    problems.push({
      path: key,
      problem: `is ${file}, which cannot be read`,
      remedy,
      origin: origin(key),
    })
  }
  if (problems.length > 0) throw new ConfigError(problems)
}

const readable = (file: string): boolean => {
  try {
    accessSync(file, constants.R_OK)
    return true
  } catch {
    return false
  }
}

/**
 * Looks at every address before anything starts, so that all taken ports are told at once, by the key
 * that names them. It also finds what SO_REUSEPORT would hide: a second server on one port.
 */
export const checkAddresses = async (
  wanted: readonly WantedAddress[],
  origin: (key: string) => string,
): Promise<void> => {
  const problems: ConfigProblem[] = []
  for (const { key, address } of wanted) {
    if (address === 'off') continue
    const reason = await refusal(address)
    if (reason !== undefined)
      problems.push({ path: key, ...explain(reason, address, key), origin: origin(key) })
  }
  if (problems.length > 0) throw new ConfigError(problems)
}

const refusal = (address: string): Promise<NodeJS.ErrnoException | undefined> => {
  const colon = address.lastIndexOf(':')
  const host = address.slice(0, colon).replaceAll(/^\[|\]$/g, '')
  return new Promise(resolve => {
    const probe = createServer()
    probe.once('error', resolve)
    probe.listen(Number(address.slice(colon + 1)), host, () =>
      probe.close(() => resolve(undefined)),
    )
  })
}

const explain = (
  { code, message }: NodeJS.ErrnoException,
  address: string,
  key: string,
): { problem: string; remedy: string } => {
  const other = `LONGWIRE_${key.replaceAll('.', '_').toUpperCase()}=${address.replace(/:\d+$/, ':0')}`
  switch (code) {
    case 'EADDRINUSE':
      return {
        problem: `is ${address}, but another process listens on port ${address.slice(address.lastIndexOf(':') + 1)}`,
        remedy: `stop that process, or choose another port for ${key}; ${other} takes a free one`,
      }
    case 'EACCES':
      return {
        problem: `is ${address}, but this user may not listen there`,
        remedy: 'choose a port above 1023',
      }
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return {
        problem: `is ${address}, which is no address of this machine`,
        remedy: 'use 127.0.0.1, 0.0.0.0 or an address of this machine',
      }
    default:
      return {
        problem: `is ${address}, which cannot be listened on: ${message}`,
        remedy: 'choose another address',
      }
  }
}
