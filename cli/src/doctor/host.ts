import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { basename } from 'node:path'

/** What checks may ask of a host. All of it works without rights, and may be missing. */
export interface Host {
  /** Content of a small file, trimmed; undefined where it cannot be read. */
  read(path: string): string | undefined
  /** Names in a directory; none where it cannot be read. */
  list(path: string): readonly string[]
  /** Last part of what a symbolic link points to. */
  linkName(path: string): string | undefined
  /** Output of a program, trimmed; undefined where it is not there, fails or takes over a second. */
  tool(program: string, ...args: readonly string[]): string | undefined
}

const TOOL_MS = 1_000

const orUndefined = <T>(get: () => T): T | undefined => {
  try {
    return get()
  } catch {
    return undefined
  }
}

export const systemHost: Host = {
  read: path => orUndefined(() => readFileSync(path, 'utf8').trim()),
  list: path => orUndefined(() => readdirSync(path)) ?? [],
  linkName: path => orUndefined(() => basename(readlinkSync(path))),
  tool(program, ...args) {
    const { status, stdout } = spawnSync(program, args, {
      timeout: TOOL_MS,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return status === 0 ? stdout.trim() : undefined
  },
}

/** `net.ipv4.tcp_mem` → its numbers; undefined where the kernel has no such setting. */
export const sysctl = (host: Host, name: string): readonly number[] | undefined => {
  const text = host.read(`/proc/sys/${name.replaceAll('.', '/')}`)
  if (text === undefined || text === '') return undefined
  const numbers = text.split(/\s+/).map(Number)
  return numbers.some(Number.isNaN) ? undefined : numbers
}

/** How a setting of the kernel is changed, now and for the next start. */
export const setSysctl = (name: string, value: string): readonly string[] => [
  `sudo sysctl -w ${name}="${value}"`,
  `echo '${name} = ${value}' | sudo tee -a /etc/sysctl.d/90-longwire.conf`,
]
