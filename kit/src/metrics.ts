import { Counter as PromCounter, Gauge, Registry, collectDefaultMetrics } from 'prom-client'

export interface Counter {
  /** Adds `n` (1), cheap enough for every frame as long as there are no labels. */
  add(n?: number, labels?: Readonly<Record<string, string | number>>): void
}

/** Numbers of one process, in the text format of Prometheus. */
export interface Metrics {
  /** The same name twice is the same counter. */
  counter(name: string, help: string, labelNames?: readonly string[]): Counter
  /** `collect` is called whenever the numbers are read. Throws where the name is taken. */
  gauge(name: string, help: string, collect: () => number): void
  text(): Promise<string>
}

export interface MetricsOptions {
  /** Also reports CPU, memory, event loop lag and collection pauses of the process (true). */
  readonly process?: boolean
}

export const createMetrics = (options: MetricsOptions = {}): Metrics => {
  const register = new Registry()
  const counters = new Map<string, Counter>()
  if (options.process !== false) collectDefaultMetrics({ register })
  return {
    counter(name, help, labelNames = []) {
      const known = counters.get(name)
      if (known !== undefined) return known
      const made =
        labelNames.length === 0
          ? plainCounter(register, name, help)
          : labelledCounter(register, { name, help, labelNames })
      counters.set(name, made)
      return made
    },
    gauge(name, help, collect) {
      const gauge: Gauge = new Gauge({
        name,
        help,
        registers: [register],
        collect: () => gauge.set(collect()),
      })
    },
    text: () => register.metrics(),
  }
}

/** Counts in a plain number and hands it over only when somebody reads. */
const plainCounter = (register: Registry, name: string, help: string): Counter => {
  let pending = 0
  const counter: PromCounter = new PromCounter({
    name,
    help,
    registers: [register],
    collect: () => {
      counter.inc(pending)
      pending = 0
    },
  })
  return {
    add(n = 1) {
      pending += n
    },
  }
}

const labelledCounter = (
  register: Registry,
  options: { name: string; help: string; labelNames: readonly string[] },
): Counter => {
  const counter = new PromCounter({
    ...options,
    labelNames: [...options.labelNames],
    registers: [register],
  })
  return {
    add(n = 1, labels = {}) {
      counter.inc(labels, n)
    },
  }
}
