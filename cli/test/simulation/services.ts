import type { Host, Scheduler, Task } from './scheduler.ts'

/** A server that processes ask: the store, the route table, the registry. */
export class Service {
  readonly host: Host
  /** Answers nothing but errors. */
  down = false
  /** Factor on how long an answer takes. */
  slowness = 1
  /** Share of calls that fail, with or without effect. */
  flaky = 0
  /** Milliseconds by which the next write of a host is late. */
  readonly #stalls = new Map<Host, number>()
  /** What is on its way over connections that stall. */
  readonly #stalled = new Map<Task, () => void>()
  /** How it is told that nobody knows what happened. */
  readonly unavailable: () => Error

  constructor(host: Host, unavailable: () => Error) {
    this.host = host
    this.unavailable = unavailable
  }

  /** The next write of `host` arrives so much later, as over a connection that stalls. */
  stall(host: Host, ms: number): void {
    this.#stalls.set(host, ms)
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

  /** A call of `host`: it takes a while to arrive and a while to answer, and either may fail. */
  call<T>(host: Host, effect: () => Promise<T>, writes = false): Promise<T> {
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
      const stallMs = writes ? this.#takeStall(host) : 0
      const task = scheduler.add(this.host, this.#delay(scheduler) + stallMs, arrive)
      if (stallMs > 0) this.#stalled.set(task, arrive)
    })
  }

  #takeStall(host: Host): number {
    const ms = this.#stalls.get(host) ?? 0
    this.#stalls.delete(host)
    return ms
  }

  #delay(scheduler: Scheduler): number {
    const base = scheduler.chance(0.02) ? 300 * scheduler.random() : 2 * scheduler.random()
    return this.slowness * (0.05 + base)
  }
}

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
        return service.call(host, ask, name === 'insert')
      }
      methods.set(name, method)
      return method
    },
  })
}
