import { cpus, hostname } from 'node:os'
import type { ConfigProblem } from '@longwire/kit'
import type { Config } from '../config.ts'

/** How many processes `gate.workers` asks for: 0 means one for each core. */
export const workerCount = ({ gate }: Config): number =>
  gate.workers === 0 ? Math.max(1, cpus().length) : gate.workers

/**
 * The configuration of worker `n` (from 0): every address of clients `n` ports higher, a name of its own.
 * It serves nothing to operators: the supervisor does.
 */
export const workerConfig = (config: Config, n: number): Config => {
  const { gate, node } = config
  return {
    ...config,
    node: { ...node, name: `${node.name ?? hostname()}-${n}` },
    gate: {
      ...gate,
      workers: 1,
      tcp: { ...gate.tcp, address: shifted(gate.tcp.address, n) },
      ws: { ...gate.ws, address: shifted(gate.ws.address, n) },
      probes: { ...gate.probes, tcp: shifted(gate.probes.tcp, n) },
      operations: { ...gate.operations, address: 'off' },
    },
  }
}

/** What listens where with `workers` processes. Port 0 stays: each takes a free one. */
const rangesOf = ({ gate }: Config, workers: number): Range[] =>
  [
    { key: 'gate.tcp.address', address: gate.tcp.address, ports: workers },
    { key: 'gate.ws.address', address: gate.ws.address, ports: workers },
    { key: 'gate.probes.tcp', address: gate.probes.tcp, ports: workers },
    { key: 'gate.operations.address', address: gate.operations.address, ports: 1 },
  ].filter(({ address }) => address !== 'off' && portOf(address) !== 0)

/** Addresses whose ports do not suffice, or meet those of another. */
export const workerProblems = (config: Config): ConfigProblem[] => {
  const workers = workerCount(config)
  if (workers === 1) return []
  const ranges = rangesOf(config, workers)
  const problems: ConfigProblem[] = []
  for (const [index, { key, address, ports }] of ranges.entries()) {
    const first = portOf(address)
    const last = first + ports - 1
    if (last > PORT_MAX)
      problems.push({
        path: key,
        problem: `is ${address}, and ${workers} workers take the ports up to ${last}`,
        remedy: `choose a port below ${PORT_MAX - ports + 2}`,
      })
    const met = ranges
      .slice(0, index)
      .find(other => first < portOf(other.address) + other.ports && portOf(other.address) <= last)
    if (met === undefined) continue
    const free = portOf(met.address) + met.ports
    problems.push({
      path: key,
      problem: `is ${address}, but ${met.key} takes ports ${portOf(met.address)} to ${free - 1}: worker n listens n ports higher`,
      remedy: `leave room for ${workers} workers, such as port ${free + (ranges.length - 1) * workers}`,
    })
  }
  return problems
}

/** `address`, `by` ports higher. */
const shifted = (address: string, by: number): string => {
  const port = address === 'off' ? 0 : portOf(address)
  return port === 0 ? address : `${address.slice(0, address.lastIndexOf(':'))}:${port + by}`
}

interface Range {
  readonly key: string
  readonly address: string
  readonly ports: number
}

const PORT_MAX = 65_535

const portOf = (address: string): number => Number(address.slice(address.lastIndexOf(':') + 1))
