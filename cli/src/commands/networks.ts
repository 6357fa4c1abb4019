import { Failure } from '../failure.ts'
import type { Shell } from '../shell.ts'
import { paintFor } from '../terminal.ts'
import { apiOf, type ApiOptions } from './api.ts'

export interface NetworksOptions extends ApiOptions {
  readonly limit: number
  readonly json?: boolean
}

interface Found {
  readonly gates: number
  readonly networks: readonly {
    readonly network: string
    readonly sessions: number
    readonly learned: number
    readonly meanSeconds?: number
    readonly histogram: Readonly<Record<string, number>>
  }[]
}

/** Shows how long the networks of most clients leave a connection idle. */
export const networks = async (shell: Shell, options: NetworksOptions): Promise<void> => {
  const answer = await apiOf(shell, options).ask(`/v1/networks?limit=${options.limit}`)
  if (!isFound(answer))
    throw new Failure('the answer is not that of a Longwire\n  → is --url that of its HTTP API?')
  shell.stdout.write(options.json === true ? `${JSON.stringify(answer)}\n` : report(answer, shell))
}

const isFound = (value: unknown): value is Found =>
  typeof value === 'object' &&
  value !== null &&
  'networks' in value &&
  Array.isArray(value.networks)

const report = ({ gates, networks: found }: Found, { stdout, env }: Shell): string => {
  const paint = paintFor(stdout, env)
  const lines = found.map(({ network, sessions, learned, meanSeconds, histogram }) => {
    const mean = meanSeconds === undefined ? 'nothing learned' : `${meanSeconds} s learned`
    const bars = Object.entries(histogram).map(([bound, count]) => `${bound}: ${count}`)
    const spread = bars.length === 0 ? '' : `  ${paint.dim(bars.join('  '))}`
    return `${network.padEnd(18)}  ${sessions} sessions, ${mean} by ${learned}${spread}`
  })
  if (found.length === 0)
    lines.push(paint.dim('no network is known yet: gates report after a few seconds'))
  lines.push(paint.dim(`${gates} gates`))
  return `${lines.join('\n')}\n`
}
