import { EXIT, Failure } from '../failure.ts'
import type { Shell } from '../shell.ts'
import { paintFor } from '../terminal.ts'
import { apiOf, type Api, type ApiOptions } from './api.ts'

export interface HintOptions extends ApiOptions {
  /** Seconds. */
  readonly pingStart?: number
  readonly pingMax?: number
  readonly pingFloor?: number
  /** Milliseconds. */
  readonly ackTimeout?: number
  readonly reconnectWindow?: number
  readonly all?: boolean
  readonly quiet?: boolean
  readonly json?: boolean
}

interface Hinted {
  readonly gate: string
  readonly sessions: number
  readonly pingStartMs: number
  readonly pingMaxMs: number
  readonly pingFloorMs: number
  readonly ackTimeoutMs: number
  readonly reconnectWindowMs: number
}

/** Changes what clients of gates are told about heartbeats and reconnecting. */
export const hint = async (
  shell: Shell,
  names: readonly string[],
  options: HintOptions,
): Promise<void> => {
  const body = bodyOf(options)
  const api = apiOf(shell, options)
  if (names.length === 0 && options.all !== true)
    throw new Failure('which gate is not said\n  → name some, or say --all', EXIT.usage)
  const live = await gatesOf(api)
  if (live.length === 0) throw new Failure('no gate lives')
  for (const id of options.all === true ? live : names.map(name => idOf(name, live))) {
    const path = `/v1/gates/${encodeURIComponent(id)}/hints`
    const answer = await api.ask(path, { method: 'POST', body })
    shell.stdout.write(
      options.json === true ? `${JSON.stringify(answer)}\n` : `${report(answer, shell)}\n`,
    )
  }
}

const bodyOf = (options: HintOptions): object => {
  const { pingStart, pingMax, pingFloor, ackTimeout, reconnectWindow, quiet } = options
  const inMs = (seconds: number | undefined): number | undefined =>
    seconds === undefined ? undefined : seconds * 1_000
  const wanted = {
    pingStartMs: inMs(pingStart),
    pingMaxMs: inMs(pingMax),
    pingFloorMs: inMs(pingFloor),
    ackTimeoutMs: ackTimeout,
    reconnectWindowMs: reconnectWindow,
  }
  if (Object.values(wanted).every(value => value === undefined))
    throw new Failure('what to tell clients is not said\n  → such as --ping-max 300', EXIT.usage)
  return { ...wanted, ...(quiet === true ? { wake: false } : {}) }
}

const gatesOf = async (api: Api): Promise<readonly string[]> => {
  const answer = await api.ask('/v1/gates')
  const gates =
    typeof answer === 'object' && answer !== null && 'gates' in answer ? answer.gates : undefined
  if (!Array.isArray(gates)) throw notLongwire()
  return gates.map((gate: unknown) => {
    if (typeof gate === 'object' && gate !== null && 'id' in gate) return String(gate.id)
    throw notLongwire()
  })
}

/** A gate may be called by its name where that is enough. */
const idOf = (name: string, live: readonly string[]): string => {
  const found = live.filter(id => id === name || id.startsWith(`${name}@`))
  const [only] = found
  if (only !== undefined && found.length === 1) return only
  throw new Failure(
    `${found.length === 0 ? 'no gate' : 'more than one gate'} is called "${name}"\n  → those that live: ${live.join(', ') || 'none'}`,
  )
}

const notLongwire = (): Failure =>
  new Failure('the answer is not that of a Longwire\n  → is --url that of its HTTP API?')

const isHinted = (value: unknown): value is Hinted =>
  typeof value === 'object' && value !== null && 'gate' in value && 'pingMaxMs' in value

const report = (answer: unknown, { stdout, env }: Shell): string => {
  if (!isHinted(answer)) throw notLongwire()
  const { gate, sessions, pingStartMs, pingMaxMs, pingFloorMs, ackTimeoutMs, reconnectWindowMs } =
    answer
  const pings = `pings from ${pingStartMs / 1_000} s on, ${pingFloorMs / 1_000} to ${pingMaxMs / 1_000} s`
  const wait = ackTimeoutMs === 0 ? 'by the round trip' : `${ackTimeoutMs} ms`
  const paint = paintFor(stdout, env)
  return `${gate}  ${pings}, answers waited for ${wait}, dials spread over ${reconnectWindowMs} ms  ${paint.dim(`${sessions} sessions`)}`
}
