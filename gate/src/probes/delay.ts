/** What decides how long a gate holds its answer to a probe. */
export interface Pressure {
  readonly conns: number
  readonly capacity: number
  /** Connections that gates of this capacity have on average; 0: unknown. */
  readonly mean: number
  /** Share of the time for which the event loop is busy: 0 to 1. */
  readonly elu: number
}

/** Soft term: 10 ms for each percent beyond 2 % above the mean, 150 ms at most. */
const SOFT_FROM = 1.02
const SOFT_MS = 1_000
const SOFT_MAX_MS = 150
/** Hard term: from 3/4 of the capacity on, 50 ms for each 1/40 of it that was begun. */
const STEPS_PER_CAPACITY = 40
const HARD_FROM_STEP = 30
const STEP_MS = 50
const BUSY_ELU = 0.85
const BUSY_MS = 200
/** From this share of its capacity on a gate is full: it does not answer. */
const FULL = 0.98

/** Whether the gate does not answer at all. */
export const isFull = ({ conns, capacity }: Pressure): boolean => conns >= FULL * capacity

/** Milliseconds for being fuller than others. */
export const softDelay = ({ conns, mean }: Pressure): number => {
  const ratio = mean > 0 ? conns / mean : 1
  return Math.min(SOFT_MAX_MS, SOFT_MS * Math.max(0, ratio - SOFT_FROM))
}

/** Milliseconds for being nearly full. In whole numbers, so that a step begins where it should. */
export const hardDelay = ({ conns, capacity }: Pressure): number => {
  const beyond = STEPS_PER_CAPACITY * conns - HARD_FROM_STEP * capacity
  return beyond <= 0 ? 0 : STEP_MS * Math.ceil(beyond / capacity)
}

/** Milliseconds for which an answer is held. */
export const probeDelay = (pressure: Pressure): number =>
  softDelay(pressure) + hardDelay(pressure) + (pressure.elu > BUSY_ELU ? BUSY_MS : 0)
