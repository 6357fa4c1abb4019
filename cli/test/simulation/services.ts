import type { Host, Scheduler } from './scheduler.ts'

/** A server that processes ask: the store, the route table, the registry. */
export class Service {
  readonly host: Host
  /** Answers nothing but errors. */
  down = false
  /** Factor on how long an answer takes. */
  slowness = 1
  /** Share of calls that fail, with or without effect. */
  flaky = 0
  /** How it is told that nobody knows what happened. */
  readonly unavailable: () => Error

  constructor(host: Host, unavailable: () => Error) {
    this.host = host
    this.unavailable = unavailable
  }

  /** A call of `host`: it takes a while to arrive and a while to answer, and either may fail. */
  call<T>(host: Host, effect: () => Promise<T>): Promise<T> {
    const { scheduler } = this.host
    return new Promise((resolve, reject) => {
      const answer = (settle: () => void): void =>
        void scheduler.add(host, this.#delay(scheduler), settle)
      scheduler.add(this.host, this.#delay(scheduler), () => {
        const refused = this.down || (this.flaky > 0 && scheduler.chance(this.flaky))
        if (refused && scheduler.chance(0.5)) return answer(() => reject(this.unavailable()))
        effect().then(
          value =>
            answer(() => (refused || this.down ? reject(this.unavailable()) : resolve(value))),
          (error: unknown) =>
            answer(() => reject(error instanceof Error ? error : new Error(String(error)))),
        )
      })
    })
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
        return service.call(host, async () => {
          // What is on its way to a server does not reach the one that takes its place.
          if (port() !== asked) throw service.unavailable()
          const found: unknown = (asked as Port)[String(name)]
          if (typeof found !== 'function') throw new TypeError(`no method ${String(name)}`)
          return (await Reflect.apply(found, asked, args)) as unknown
        })
      }
      methods.set(name, method)
      return method
    },
  })
}
