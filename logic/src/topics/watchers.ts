/** A publication as it is handed to gates. */
export interface Push {
  readonly seq: number
  readonly epoch: number
  readonly msgtype: number
  readonly content: Uint8Array
  /** uid of the client that published it; '': a backend. */
  readonly from: string
  readonly logidHigh: number
  readonly logidLow: number
}

/** One gate that is linked to this node. Numbers are its own. */
export interface TopicGate {
  /** False where it was dropped: the gate is told later to ask what it missed. */
  push(number: number, push: Push): boolean
  /** `body` is an edge.TopicEvent. */
  event(number: number, body: Uint8Array): void
  /** Who has it; undefined: no answer in time. */
  who(number: number, max: number): Promise<Present | undefined>
}

export interface Present {
  readonly count: number
  readonly members: readonly TopicMember[]
}

export interface TopicMember {
  readonly uid: string
  readonly appcode: number
  readonly device: string
}

/** A topic of a user system. */
export interface TopicId {
  readonly system: string
  readonly topic: string
}

interface Watched extends TopicId {
  /** By gate, by its number: sessions that have it. */
  readonly gates: Map<TopicGate, Map<number, number>>
}

/**
 * Which gates have sessions for which topics, as they say. Every gate tells every logic node over its
 * link, and what a link has told goes with it: so there is no table of it to lose.
 */
export class Watchers {
  readonly #topics = new Map<string, Watched>()

  get size(): number {
    return this.#topics.size
  }

  set(gate: TopicGate, id: TopicId, number: number, count: number): void {
    const key = keyOf(id)
    const watched = this.#topics.get(key) ?? { ...id, gates: new Map() }
    const numbers = watched.gates.get(gate) ?? new Map<number, number>()
    numbers.set(number, count)
    watched.gates.set(gate, numbers)
    this.#topics.set(key, watched)
  }

  /** The gate does not want it any more. */
  remove(gate: TopicGate, id: TopicId, number: number): void {
    const key = keyOf(id)
    const watched = this.#topics.get(key)
    const numbers = watched?.gates.get(gate)
    if (watched === undefined || numbers === undefined) return
    numbers.delete(number)
    if (numbers.size === 0) watched.gates.delete(gate)
    if (watched.gates.size === 0) this.#topics.delete(key)
  }

  /** Hands it to every gate that has sessions for it; answers how many took it. */
  push(id: TopicId, push: Push): number {
    let gates = 0
    this.each(id, (gate, number) => {
      if (gate.push(number, push)) gates++
    })
    return gates
  }

  each(id: TopicId, visit: (gate: TopicGate, number: number) => void): void {
    const watched = this.#topics.get(keyOf(id))
    if (watched === undefined) return
    for (const [gate, numbers] of watched.gates)
      for (const number of numbers.keys()) visit(gate, number)
  }

  /** Sessions that have it, as of about a second ago. */
  count(id: TopicId): number {
    let count = 0
    for (const numbers of this.#topics.get(keyOf(id))?.gates.values() ?? [])
      for (const each of numbers.values()) count += each
    return count
  }

  /** Topics of a system that anybody has, those behind `after` in order of name. */
  list(system: string, after: string, limit: number): { topic: string; count: number }[] {
    const found: string[] = []
    for (const watched of this.#topics.values())
      if (watched.system === system && watched.topic > after) found.push(watched.topic)
    return found
      .sort()
      .slice(0, limit)
      .map(topic => ({ topic, count: this.count({ system, topic }) }))
  }

  /** Everybody who has it, at most `max` by name. */
  async present(id: TopicId, max: number): Promise<Present> {
    const asked: Promise<Present | undefined>[] = []
    this.each(id, (gate, number) => asked.push(gate.who(number, max)))
    let count = 0
    const members: TopicMember[] = []
    for (const present of await Promise.all(asked)) {
      count += present?.count ?? 0
      members.push(...(present?.members ?? []).slice(0, max - members.length))
    }
    return { count, members }
  }
}

const keyOf = ({ system, topic }: TopicId): string => `${system}/${topic}`
