import type { Table } from '@longwire/logic'
import type { Host, Scheduler, Task } from './scheduler.ts'

/** The next call of these operations takes so much longer. */
interface Stall {
  readonly ms: number
  readonly operations: ReadonlySet<PropertyKey>
  /** It is an insert, and only what is behind the first row of each group is late. */
  readonly torn: boolean
  /** Whoever called waits no longer than a driver does, while it is on its way. */
  readonly impatient: boolean
}

/** A server that processes ask: the store, the route table, the registry. */
export class Service {
  readonly host: Host
  /** Answers nothing but errors. */
  down = false
  /** Factor on how long an answer takes. */
  slowness = 1
  /** Share of calls that fail, with or without effect. */
  flaky = 0
  /** How the next write of a host is late. */
  readonly #stalls = new Map<Host, Stall>()
  /** What is on its way over connections that stall. */
  readonly #stalled = new Map<Task, () => void>()
  /** How it is told that nobody knows what happened. */
  readonly unavailable: () => Error

  constructor(host: Host, unavailable: () => Error) {
    this.host = host
    this.unavailable = unavailable
  }

  /** The next write of `host` arrives so much later, as over a connection that stalls. */
  stall(host: Host, stall: Stall): void {
    this.#stalls.set(host, stall)
  }

  /** Nothing stalls any more: what was on its way arrives. */
  release(): void {
    this.#stalls.clear()
    for (const [task, arrive] of this.#stalled) {
      task.cancel()
      this.host.scheduler.add(this.host, 0, arrive)
    }
    this.#stalled.clear()
  }

  /** How this call of `host` is late, if it is. */
  takeStall(host: Host, operation: PropertyKey): Stall | undefined {
    const stall = this.#stalls.get(host)
    if (stall?.operations.has(operation) !== true) return undefined
    this.#stalls.delete(host)
    return stall
  }

  /** Resolves after `ms`, or when nothing stalls any more. */
  stalled(ms: number): Promise<void> {
    return new Promise(resolve => {
      this.#stalled.set(this.host.scheduler.add(this.host, ms, resolve), resolve)
    })
  }

  /** A call of `host`: it takes a while to arrive and a while to answer, and either may fail. */
  call<T>(host: Host, effect: () => Promise<T>, impatient = false): Promise<T> {
    const { scheduler } = this.host
    return new Promise((resolve, reject) => {
      const answer = (settle: () => void): void =>
        void scheduler.add(host, this.#delay(scheduler), settle)
      const arrive = (): void => {
        const refused = this.down || (this.flaky > 0 && scheduler.chance(this.flaky))
        if (refused && scheduler.chance(0.5)) return answer(() => reject(this.unavailable()))
        effect().then(
          value =>
            answer(() => (refused || this.down ? reject(this.unavailable()) : resolve(value))),
          (error: unknown) =>
            answer(() => reject(error instanceof Error ? error : new Error(String(error)))),
        )
      }
      scheduler.add(this.host, this.#delay(scheduler), arrive)
      if (impatient) scheduler.add(host, PATIENCE_MS, () => reject(this.unavailable()))
    })
  }

  #delay(scheduler: Scheduler): number {
    const base = scheduler.chance(0.02) ? 300 * scheduler.random() : 2 * scheduler.random()
    return this.slowness * (0.05 + base)
  }
}

type Groups = Parameters<Table['insert']>[0]

/** As a store without transactions does it: the first row of each group, then, some time, those behind it. */
const tornInsert = async (
  table: Table,
  groups: Groups,
  meanwhile: () => Promise<void>,
): Promise<number[]> => {
  const counts = await table.insert(groups.map(rows => rows.slice(0, 1)))
  await meanwhile()
  const rest = groups.map((rows, index) => (counts[index] === 1 ? rows.slice(1) : []))
  const more = await table.insert(rest)
  return counts.map((count, index) => count + (more[index] ?? 0))
}

/** A driver that gets no answer gives up, while its write is still on its way. */
const PATIENCE_MS = 10_000

type Port = { [name: string]: unknown }

/** What `host` sees of a port that lives in another process: the same methods, over a network. */
export const remote = <T extends object>(service: Service, host: Host, port: () => T): T => {
  const methods = new Map<PropertyKey, unknown>()
  const target = port()
  return new Proxy(target, {
    get(_, name) {
      const known = methods.get(name)
      if (known !== undefined) return known
      const method = (...args: unknown[]): Promise<unknown> => {
        const asked = port()
        const ask = async (): Promise<unknown> => {
          // What is on its way to a server does not reach the one that takes its place.
          if (port() !== asked) throw service.unavailable()
          const found: unknown = (asked as Port)[String(name)]
          if (typeof found !== 'function') throw new TypeError(`no method ${String(name)}`)
          return (await Reflect.apply(found, asked, args)) as unknown
        }
        const stall = service.takeStall(host, name)
        if (stall === undefined) return service.call(host, ask)
        const meanwhile = (): Promise<void> => service.stalled(stall.ms)
        const late = stall.torn
          ? () => tornInsert(asked as Table, args[0] as Groups, meanwhile)
          : () => meanwhile().then(ask)
        return service.call<unknown>(host, late, stall.impatient)
      }
      methods.set(name, method)
      return method
    },
  })
}
