import type { Random } from '../clock.ts'

/** A gate that could be dialled. */
export interface Candidate {
  /** As `urls` has it: scheme, IP or name, port; a `#name` behind it says for whom the certificate must be. */
  readonly url: string
  /** It failed too often lately: for use only where nothing else is left. */
  readonly banned: boolean
  /** TCP port of the same host that answers probes; undefined: none is known. */
  readonly probePort?: number | undefined
  /** Not connected within this many milliseconds: the next is dialled as well. Left out: one at a time. */
  readonly patienceMs?: number
}

/** What a choice is made for. */
export interface Occasion {
  /** Dials that failed since the last login; 0: the first. */
  readonly tries: number
  /** Aborts when nobody waits for the choice any more. */
  readonly signal: AbortSignal
}

/**
 * PORT: in which order gates are dialled. What is answered are some of `candidates` (never none), best first; the
 * caller dials them in this order. It may take its time, for probes, and never rejects. Those behind the
 * first may still change places while `signal` has not aborted.
 *
 * Candidates come as the dispatcher ranked them, least loaded first, those that are banned last.
 */
export interface Chooser {
  choose(candidates: readonly Candidate[], occasion: Occasion): Promise<readonly Candidate[]>
}

/**
 * The better of two that are drawn, then all others as chance has it: everybody who has the same list would
 * otherwise dial the same gate. Those that are banned stay last.
 */
export const drawn = (random: Random): Chooser => ({
  choose: async candidates => {
    const left = candidates.map((candidate, rank) => ({ candidate, rank }))
    const order: typeof left = []
    const good = left.filter(({ candidate }) => !candidate.banned)
    const bad = left.filter(({ candidate }) => candidate.banned)
    for (const some of [good, bad])
      while (some.length > 0) order.push(...some.splice(Math.floor(random() * some.length), 1))
    const [first, second] = order
    if (second !== undefined && !second.candidate.banned && second.rank < first!.rank)
      order.splice(0, 2, second, first!)
    return order.map(({ candidate }) => candidate)
  },
})

/** As they are ranked. */
export const inOrder: Chooser = { choose: async candidates => candidates }
