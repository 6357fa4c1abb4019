import type { Clock, Timer } from '@longwire/kit'
import { edgeBody } from '@longwire/proto'
import type { MemberEntry } from '@longwire/proto/trunk'
import type { TopicGate, TopicId, TopicMember, Watchers } from './watchers.ts'

export interface MembersParts {
  readonly clock: Clock
  readonly watchers: Watchers
}

/** In a topic with more sessions nobody is named: one event for each would go to all the others. */
const NAMED_MAX = 100
/** How often it is told how many have such a topic. */
const COUNT_MS = 1_000
/** Who loses its gate has this long to come back before it has left. */
const RETURN_MS = 5_000

interface Known extends TopicId {
  /** By gate: who has it there, as far as that was told by name. */
  readonly gates: Map<TopicGate, Map<string, TopicMember>>
  counting: Timer | undefined
}

/**
 * Who comes to topics and goes. For each topic a gate tells the node that serves it; the node tells all gates
 * that have it. It remembers whom it has heard of by name, so that they leave when their gate dies.
 */
export class Members {
  readonly #parts: MembersParts
  readonly #topics = new Map<string, Known>()

  constructor(parts: MembersParts) {
    this.#parts = parts
  }

  /** `all`: these are all there are; nobody is told. */
  told(gate: TopicGate, id: TopicId, entries: readonly MemberEntry[], all: boolean): void {
    const known = this.#of(id)
    const members = (all ? undefined : known.gates.get(gate)) ?? new Map<string, TopicMember>()
    known.gates.set(gate, members)
    const joined: TopicMember[] = []
    const left: TopicMember[] = []
    for (const { uid, appcode, device, joined: came } of entries) {
      const member = { uid, appcode, device }
      const key = keyOf(member)
      const wasThere = this.#has(known, key)
      if (came) members.set(key, member)
      else members.delete(key)
      // One that has only changed gates has neither left nor come.
      if (came === wasThere || this.#has(known, key) === wasThere) continue
      if (came) joined.push(member)
      else left.push(member)
    }
    if (all) return
    if (entries.length === 0 || this.#parts.watchers.count(id) > NAMED_MAX) this.#countSoon(known)
    else if (joined.length + left.length > 0) this.#tell(known, joined, left)
  }

  /** A gate does not have the topic any more; who was there has left, or comes back. */
  dropped(gate: TopicGate, id: TopicId): void {
    const known = this.#topics.get(nameOf(id))
    if (known !== undefined) this.#lose(known, gate)
  }

  /** The link of a gate has broken. */
  lost(gate: TopicGate): void {
    for (const known of this.#topics.values()) this.#lose(known, gate)
  }

  stop(): void {
    for (const { counting } of this.#topics.values()) counting?.cancel()
    this.#topics.clear()
  }

  #lose(known: Known, gate: TopicGate): void {
    const members = known.gates.get(gate)
    if (members === undefined) return
    known.gates.delete(gate)
    this.#parts.clock.after(RETURN_MS, () => {
      const left = [...members].filter(([key]) => !this.#has(known, key)).map(([, each]) => each)
      if (left.length > 0) this.#tell(known, [], left)
      else this.#countSoon(known)
      if (known.gates.size === 0) this.#topics.delete(nameOf(known))
    })
  }

  #has({ gates }: Known, key: string): boolean {
    for (const members of gates.values()) if (members.has(key)) return true
    return false
  }

  #of(id: TopicId): Known {
    const name = nameOf(id)
    const known = this.#topics.get(name)
    if (known !== undefined) return known
    const fresh: Known = { ...id, gates: new Map(), counting: undefined }
    this.#topics.set(name, fresh)
    return fresh
  }

  #countSoon(known: Known): void {
    known.counting ??= this.#parts.clock.after(COUNT_MS, () => {
      known.counting = undefined
      this.#tell(known, [], [])
    })
  }

  #tell(id: TopicId, joined: TopicMember[], left: TopicMember[]): void {
    const { watchers } = this.#parts
    const body = edgeBody.TopicEvent.encode({ joined, left, count: watchers.count(id) }).finish()
    watchers.each(id, (gate, number) => gate.event(number, body))
  }
}

const nameOf = ({ system, topic }: TopicId): string => `${system}/${topic}`
const keyOf = ({ uid, appcode, device }: TopicMember): string => `${appcode}/${uid}/${device}`
