import type { Clock } from '@longwire/kit'
import type { trunkBody } from '@longwire/proto/trunk'

/** What clients of one network have learned of it. */
export interface NetworkReport {
  /** IPv4 /16 or IPv6 /32. */
  readonly network: string
  sessions: number
  /** Sessions that have settled on an interval, and the sum of these intervals. */
  learned: number
  learnedMs: number
  /** Of them: how many up to each of {@link BOUNDS} seconds, and beyond. */
  readonly counts: number[]
}

export const BOUNDS = [60, 120, 180, 240, 300, 450, 600, 900] as const
/** Gates report every 5 s: one that has missed three is gone. */
const GOOD_FOR_MS = 16_000
const GATES_MAX = 10_000

/** What gates say of the networks that their clients are in: of each gate the networks with most sessions. */
export class Networks {
  readonly #clock: Clock
  readonly #gates = new Map<
    string,
    { readonly at: number; readonly rows: readonly trunkBody.NetworkUsage.$Properties[] }
  >()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  report(gate: string, rows: readonly trunkBody.NetworkUsage.$Properties[]): void {
    this.#forget()
    if (this.#gates.size < GATES_MAX || this.#gates.has(gate))
      this.#gates.set(gate, { at: this.#clock.monotonic(), rows })
  }

  /** All gates together, most sessions first. */
  top(limit: number): { readonly gates: number; readonly networks: readonly NetworkReport[] } {
    this.#forget()
    const sums = new Map<string, NetworkReport>()
    for (const { rows } of this.#gates.values()) for (const row of rows) add(sums, row)
    const networks = [...sums.values()].sort(
      (a, b) => b.sessions - a.sessions || (a.network < b.network ? -1 : 1),
    )
    return { gates: this.#gates.size, networks: networks.slice(0, limit) }
  }

  #forget(): void {
    const now = this.#clock.monotonic()
    for (const [gate, { at }] of this.#gates) if (now - at > GOOD_FOR_MS) this.#gates.delete(gate)
  }
}

const add = (sums: Map<string, NetworkReport>, row: trunkBody.NetworkUsage.$Properties): void => {
  const network = row.network ?? ''
  const [sessions, learned, learnedMs] = [row.sessions ?? 0, row.learned ?? 0, row.learnedMs ?? 0]
  const counted = Array.from({ length: BOUNDS.length + 1 }, (_, at) => row.counts?.[at] ?? 0)
  const sum = sums.get(network)
  if (sum === undefined) {
    sums.set(network, { network, sessions, learned, learnedMs, counts: counted })
    return
  }
  sum.sessions += sessions
  sum.learned += learned
  sum.learnedMs += learnedMs
  counted.forEach((count, at) => (sum.counts[at] = (sum.counts[at] ?? 0) + count))
}
