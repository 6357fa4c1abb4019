import {
  type Clock,
  type Dial,
  type Logger,
  type NodeInfo,
  nodeId,
  type Registry,
} from '@longwire/kit'
import { type LinkEvents, type LinkIdentity, LogicLink, SILENCE_MS } from './logic-link.ts'
import { hashName, weight } from './rendezvous.ts'

export interface LinksOptions extends LinkIdentity {
  readonly clock: Clock
  readonly log: Logger
  readonly registry: Registry
  readonly dial: Dial
}

/** One node we want a link to. */
interface Peer {
  readonly node: NodeInfo
  readonly hash: number
  listed: boolean
  link: LogicLink | undefined
  dialingSince: number | undefined
}

/**
 * Links to every live logic node. While the registry cannot be asked, the nodes known last are kept;
 * a node that has left it keeps its link until that closes, but gets no new requests.
 */
export class Links {
  readonly #options: LinksOptions
  readonly #events: LinkEvents
  readonly #peers = new Map<string, Peer>()
  #numbers = 0
  #polling = false
  #stopped = false
  #registryFails = false

  constructor(options: LinksOptions, events: LinkEvents) {
    this.#options = options
    this.#events = {
      ...events,
      down: link => {
        this.#lost(link)
        events.down(link)
      },
    }
  }

  get up(): number {
    let count = 0
    for (const { link } of this.#peers.values()) if (link?.up === true) count++
    return count
  }

  /** Bytes that the nodes have not taken yet. */
  get bufferedBytes(): number {
    let bytes = 0
    for (const { link } of this.#peers.values()) bytes += link?.bufferedBytes ?? 0
    return bytes
  }

  /** The live link that serves `uid`, or undefined when there is none. */
  pick(uid: string): LogicLink | undefined {
    return this.#best(uid, false, 0)
  }

  /** The same for what any node can do: an overloaded one is left alone, and so is link `except`. */
  pickAny(uid: string, except = 0): LogicLink | undefined {
    return this.#best(uid, true, except)
  }

  #best(uid: string, sparing: boolean, except: number): LogicLink | undefined {
    const key = hashName(uid)
    let best: Peer | undefined
    let bestWeight = -1
    for (const peer of this.#peers.values()) {
      const { link } = peer
      if (link?.up !== true || link.number === except) continue
      let wanted = weight(peer.hash, key)
      // A node that is leaving serves only when nobody else does.
      if (peer.listed && !link.leaving) wanted += STAYING_FIRST
      if (sparing && !link.overloaded) wanted += EASY_FIRST
      if (wanted > bestWeight) {
        best = peer
        bestWeight = wanted
      }
    }
    return best?.link
  }

  each(visit: (link: LogicLink) => void): void {
    for (const { link } of this.#peers.values()) if (link !== undefined) visit(link)
  }

  /** Once a second: heartbeats, and a look at the registry. */
  beat(): void {
    if (this.#stopped) return
    for (const { link } of this.#peers.values()) link?.beat()
    this.poll().catch((error: unknown) =>
      this.#options.log.error({ error }, 'looking for logic nodes failed'),
    )
  }

  async poll(): Promise<void> {
    if (this.#polling) return
    this.#polling = true
    try {
      this.#take(await this.#options.registry.list('logic'))
      if (this.#registryFails) this.#options.log.info('registry is back')
      this.#registryFails = false
    } catch (error) {
      if (!this.#registryFails)
        this.#options.log.warn(
          { error },
          'registry unavailable: keeping the logic nodes known so far',
        )
      this.#registryFails = true
    } finally {
      this.#polling = false
    }
    for (const peer of this.#peers.values()) this.#connect(peer)
  }

  close(): void {
    this.#stopped = true
    for (const { link } of this.#peers.values()) link?.close('the gate stops')
  }

  #take(nodes: readonly NodeInfo[]): void {
    const listed = new Set(nodes.map(nodeId))
    for (const [id, peer] of this.#peers) {
      peer.listed = listed.has(id)
      if (!peer.listed && peer.link === undefined && peer.dialingSince === undefined)
        this.#peers.delete(id)
    }
    for (const node of nodes) {
      const id = nodeId(node)
      if (this.#peers.has(id)) continue
      this.#peers.set(id, {
        node,
        hash: hashName(node.name),
        listed: true,
        link: undefined,
        dialingSince: undefined,
      })
    }
  }

  #connect(peer: Peer): void {
    const { clock, dial, log } = this.#options
    const now = clock.monotonic()
    if (this.#stopped || !peer.listed || peer.link !== undefined) return
    if (peer.dialingSince !== undefined && now - peer.dialingSince < SILENCE_MS) return
    const since = now
    peer.dialingSince = since
    dial(peer.node.address).then(
      connection => {
        // Given up in the meantime: another dial is on its way, or the gate stops.
        if (this.#stopped || peer.dialingSince !== since) {
          connection.close()
          return
        }
        peer.dialingSince = undefined
        const link = new LogicLink(nodeId(peer.node), ++this.#numbers, connection, {
          clock,
          log,
          events: this.#events,
        })
        peer.link = link
        link.start(this.#options)
      },
      (error: unknown) => {
        if (peer.dialingSince === since) peer.dialingSince = undefined
        log.warn(
          { logic: nodeId(peer.node), address: peer.node.address, error },
          'cannot dial a logic node; trying again',
        )
      },
    )
  }

  #lost(link: LogicLink): void {
    for (const peer of this.#peers.values()) if (peer.link === link) peer.link = undefined
  }
}

/** Above every weight. */
const EASY_FIRST: number = 2 ** 33
const STAYING_FIRST: number = 2 ** 34
