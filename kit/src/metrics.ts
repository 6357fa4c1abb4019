import {
  Counter as PromCounter,
  Gauge,
  Histogram as PromHistogram,
  Registry,
  collectDefaultMetrics,
} from 'prom-client'

export interface Counter {
  /** Adds `n` (1), cheap enough for every frame as long as there are no labels. */
  add(n?: number, labels?: Readonly<Record<string, string | number>>): void
}

export interface Histogram {
  observe(value: number): void
}

/** Numbers of one process, in the text format of Prometheus. */
export interface Metrics {
  /** The same name twice is the same counter. */
  counter(name: string, help: string, labelNames?: readonly string[]): Counter
  /** One counter for each value of a label, told from 0 on, and cheap enough for every frame. */
  counters<V extends string>(
    name: string,
    help: string,
    label: { readonly name: string; readonly values: readonly V[] },
  ): (value: V) => Counter
  /** Upper bounds of the buckets, rising. The same name twice is the same histogram. */
  histogram(name: string, help: string, buckets: readonly number[]): Histogram
  /** `collect` is called whenever the numbers are read. Throws where the name is taken. */
  gauge(name: string, help: string, collect: () => number): void
  /** A counter with labels that somebody else keeps: `collect` tells all its values whenever they are read. */
  series(
    name: string,
    help: string,
    labelNames: readonly string[],
    collect: (
      emit: (labels: Readonly<Record<string, string | number>>, value: number) => void,
    ) => void,
  ): void
  text(): Promise<string>
}

export interface MetricsOptions {
  /** Also reports CPU, memory, event loop lag and collection pauses of the process (true). */
  readonly process?: boolean
}

/**
 * By default the library's measure of the event loop wakes an idle process 100 times a second, which is
 * most of what an idle gate costs; LoopMeter measures the same.
 */
const LAG_EVERY_MS = 1_000

export const createMetrics = (options: MetricsOptions = {}): Metrics => {
  const register = new Registry()
  const counters = new Map<string, Counter>()
  const histograms = new Map<string, Histogram>()
  if (options.process !== false)
    collectDefaultMetrics({ register, eventLoopMonitoringPrecision: LAG_EVERY_MS })
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
    counters: (name, help, label) => valueCounters(register, { name, help }, label),
    histogram(name, help, buckets) {
      const known = histograms.get(name)
      if (known !== undefined) return known
      const made = new PromHistogram({ name, help, buckets: [...buckets], registers: [register] })
      histograms.set(name, made)
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
    series(name, help, labelNames, collect) {
      const counter: PromCounter = new PromCounter({
        name,
        help,
        labelNames: [...labelNames],
        registers: [register],
        collect: () => {
          counter.reset()
          collect((labels, value) => counter.inc(labels, value))
        },
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

/** Like {@link plainCounter}, one number for each value of the label. */
const valueCounters = <V extends string>(
  register: Registry,
  options: { name: string; help: string },
  { name: label, values }: { readonly name: string; readonly values: readonly V[] },
): ((value: V) => Counter) => {
  const pending = new Float64Array(values.length)
  const counter: PromCounter = new PromCounter({
    ...options,
    labelNames: [label],
    registers: [register],
    collect: () => {
      for (const [index, value] of values.entries()) counter.inc({ [label]: value }, pending[index])
      pending.fill(0)
    },
  })
  return value => {
    const index = values.indexOf(value)
    return {
      add(n = 1) {
        pending[index] = pending[index]! + n
      },
    }
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
