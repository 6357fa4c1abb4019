import type { NodeInfo, Random } from '@longwire/kit'
import { GATE_LIMITS } from '../limits.ts'

export interface TargetsParts {
  readonly random: Random
  /** The other gates, as they were seen last; another list whenever they were looked at. */
  readonly others: () => readonly NodeInfo[]
}

/** What a session needs of the gate it goes to. */
export interface Need {
  readonly transport: 'tcp' | 'ws'
  readonly appcode: number
}

/** A gate that a session may go to. */
interface Place {
  readonly tcp: readonly string[]
  readonly ws: readonly string[]
  readonly appcodes: readonly number[] | undefined
  /** Logins that it can take in a second; 0: it does not say. */
  readonly accept: number
  readonly capacity: number
  /** Counted up for each session that is sent there, until the gate is looked at again. */
  readonly load: { conns: number }
}

/** How many gates a client is told to try. */
const GATES_MAX = 3
/** Share of what other gates can log in that moves may take: the rest is for those who come by themselves. */
const ACCEPT_SHARE = 0.5
/** Logins in a second where nobody says. */
const ACCEPT_UNKNOWN = 200
/** A gate that is fuller than this is no place to go to. */
const FULL = 0.95

/** Where sessions are sent: to the gates with the most room, and no faster than they can log them in. */
export class Targets {
  readonly #parts: TargetsParts
  #seen: readonly NodeInfo[] = []
  #places: readonly Place[] = []

  constructor(parts: TargetsParts) {
    this.#parts = parts
  }

  /** Sessions that may be sent in a second to these URLs, or where there are none to all other gates. */
  perSecond(given: readonly string[]): number {
    const places = this.#among(given)
    const accept = places.reduce((sum, place) => sum + (place.accept || ACCEPT_UNKNOWN), 0)
    return Math.max(1, (accept || ACCEPT_UNKNOWN) * ACCEPT_SHARE)
  }

  /**
   * URLs for one session, best first, of `given` or of all other gates; empty where there are none for it.
   * `left`: sessions that are still to come behind it.
   */
  pick(need: Need, given: readonly string[], left: number): string[] {
    const known = this.#among(given).filter(
      ({ appcodes, tcp, ws }) =>
        (need.transport === 'tcp' ? tcp : ws).length > 0 &&
        (appcodes === undefined || appcodes.includes(need.appcode)),
    )
    const open = known.filter(({ load, capacity }) => load.conns < capacity * FULL)
    const places = open.length > 0 ? open : known
    const urls: string[] = []
    for (const place of this.#drawn(places, left)) {
      if (urls.length === 0) place.load.conns++
      urls.push(...(need.transport === 'tcp' ? place.tcp : place.ws))
    }
    return urls
  }

  /** Some gates, for those of whom nothing is known. */
  all(): string[] {
    return this.#drawn(this.#look(), 0).flatMap(({ tcp, ws }) => [...tcp, ...ws])
  }

  /** Up to {@link GATES_MAX} of them, by chance: as likely as they are short of what they should have. */
  #drawn(places: readonly Place[], left: number): Place[] {
    const all = places.reduce((sum, { load }) => sum + load.conns, left)
    const room = places.reduce((sum, { capacity }) => sum + capacity, 0)
    const rest = places.map(place => ({ place, weight: weightOf(place, all / room) }))
    const drawn: Place[] = []
    while (rest.length > 0 && drawn.length < GATES_MAX) {
      let at = this.#parts.random() * rest.reduce((sum, { weight }) => sum + weight, 0)
      let index = rest.findIndex(({ weight }) => (at -= weight) < 0)
      if (index < 0) index = rest.length - 1
      drawn.push(rest.splice(index, 1)[0]!.place)
    }
    return drawn
  }

  #among(given: readonly string[]): readonly Place[] {
    const places = this.#look()
    if (given.length === 0) return places
    const chosen = places.flatMap(place => {
      const tcp = place.tcp.filter(url => given.includes(url))
      const ws = place.ws.filter(url => given.includes(url))
      return tcp.length + ws.length === 0 ? [] : [{ ...place, tcp, ws }]
    })
    const known = new Set(chosen.flatMap(({ tcp, ws }) => [...tcp, ...ws]))
    return [...chosen, ...given.filter(url => !known.has(url)).map(placeOfUrl)]
  }

  #look(): readonly Place[] {
    const others = this.#parts.others()
    if (others !== this.#seen) {
      this.#seen = others
      this.#places = others.flatMap(placeOf)
    }
    return this.#places
  }
}

const isWebSocket = (url: string): boolean => url.startsWith('ws:') || url.startsWith('wss:')

const placeOf = ({ reach, load }: NodeInfo): Place[] => {
  if (reach === undefined || load === undefined) return []
  const urls = reach.addresses.map(({ url }) => url)
  const { appcodes } = reach
  const { conns, capacity, accept = 0 } = load
  const [ws, tcp] = [urls.filter(isWebSocket), urls.filter(url => !isWebSocket(url))]
  return [{ tcp, ws, appcodes, accept, capacity, load: { conns } }]
}

/** One that has not announced itself to this gate. */
const placeOfUrl = (url: string): Place => {
  const [tcp, ws] = isWebSocket(url) ? [[], [url]] : [[url], []]
  return {
    tcp,
    ws,
    appcodes: undefined,
    accept: 0,
    capacity: GATE_LIMITS.sessions,
    load: { conns: 0 },
  }
}

/** Short of its share of all, but never more than it can log in within a few seconds; never quite nothing. */
const weightOf = ({ load, capacity, accept }: Place, share: number): number => {
  const short = Math.max(capacity * share - load.conns, capacity * 1e-6)
  return Math.min(short, (accept || ACCEPT_UNKNOWN) * 10)
}
