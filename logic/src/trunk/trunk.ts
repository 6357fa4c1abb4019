import { nodeId, pause, type Link, type Logger } from '@longwire/kit'
import { CODES, type CodeName } from '@longwire/proto'
import { trunkBody } from '@longwire/proto/trunk'
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Log } from '../log/log.ts'
import type { Turns } from '../log/turns.ts'
import type { Apps } from '../login/apps.ts'
import type { Endings } from '../login/endings.ts'
import type { Logins } from '../login/login.ts'
import type { Revocation } from '../login/revocation-feed.ts'
import type { Counts } from '../paths/counts.ts'
import type { Route, UserKey } from '../routes/route-table.ts'
import type { SessionLimits } from '../login/session-limits.ts'
import type { Routes } from '../routes/routes.ts'
import type { Members } from '../topics/members.ts'
import type { Topics } from '../topics/topics.ts'
import type { Epochs } from './epochs.ts'
import { GateLink } from './gate-link.ts'
import type { HeadNews } from './head-news.ts'
import type { GateHints, HintResult } from './gate-hints.ts'
import type { Hello, PeerContext } from './peer.ts'
import { revocationBodies } from './revocation-body.ts'
import type { Networks } from './networks.ts'
import type { UplinkPaths } from './uplinks.ts'

/** Sessions that are to go elsewhere, and how far that is: see proto/schema/trunk.proto. */
export type Move = trunkBody.Move.$Properties
export type Moving = trunkBody.Moving

export interface TrunkLimits {
  /** LOGINs of one gate that are worked on at once; more are told to come back. */
  readonly loginsInFlight: number
  /** Reads for one gate that are worked on at once; more wait. */
  readonly readsInFlight: number
  /** Bytes a gate may leave untaken before hints to it are dropped and reads for it wait. */
  readonly linkBytes: number
  /** Messages and bytes of content in one page. */
  readonly pageMessages: number
  readonly pageBytes: number
}

export interface TrunkParts {
  readonly context: PeerContext
  readonly secret: string
  readonly apps: Apps
  readonly log: Log
  readonly epochs: Epochs
  /** Shared with logins. */
  readonly turns: Turns
  readonly routes: Routes
  readonly logins: Logins
  readonly endings: Endings
  /** What a gate is told that has just linked up. */
  readonly revocations: () => readonly Revocation[]
  /** Left out: no limits over all gates. */
  readonly sessionLimits?: SessionLimits | undefined
  /** Left out: nobody asks which networks clients are in. */
  readonly networks?: Networks | undefined
  readonly topics: Topics
  readonly members: Members
  readonly counts: Counts
  /** Where goes what clients send. */
  readonly uplink: UplinkPaths
  readonly logger: Logger
  readonly limits: TrunkLimits
  /** Told of every user of whom a gate lists a session. */
  readonly named: (user: UserKey) => void
}

/** A message as it is handed to gates. */
export interface Hint {
  /** '': nobody's. */
  readonly business: string
  readonly appcode: number
  readonly msgtype: number
  readonly content: Uint8Array
  readonly seq: number
  readonly prev: number
  readonly epoch: number
  readonly logidHigh: number
  readonly logidLow: number
  /** How long gates may hold it back, as `holdOf` packs it. */
  readonly hold: number
}

/** A message that is handed on and never stored. */
export type LiveMessage = Pick<
  Hint,
  'appcode' | 'msgtype' | 'content' | 'logidHigh' | 'logidLow' | 'hold'
>

const FINISH_POLL_MS = 10

/**
 * All links to gates. A hint for a gate without a link is dropped: the gate will ask when it links
 * up.
 */
export class Trunk {
  readonly #parts: TrunkParts
  readonly #gates = new Map<string, GateLink>()
  readonly #links = new Set<GateLink>()
  #finishing = false
  readonly #secret: Buffer
  /** Of the route table; '' while it is not known. */
  #life = ''

  constructor(parts: TrunkParts) {
    this.#parts = parts
    this.#secret = digest(parts.secret)
  }

  get gates(): number {
    return this.#gates.size
  }

  /** Bytes that gates have not taken yet. */
  get bufferedBytes(): number {
    let bytes = 0
    for (const gate of this.#gates.values()) bytes += gate.bufferedBytes
    return bytes
  }

  /** For each linked gate, milliseconds since it was heard. */
  linked(): Map<string, number> {
    return new Map([...this.#gates].map(([id, gate]) => [id, gate.silentMs]))
  }

  accept(link: Link): void {
    const gate: GateLink = new GateLink(link, this.#parts, {
      hello: hello => this.#hello(gate, hello),
      opened: () => {
        if (this.#life !== '') gate.who(this.#life)
      },
      kick: (route, code) => this.kick(route, code),
      closed: () => {
        this.#links.delete(gate)
        if (this.#gates.get(gate.id) === gate) this.#gates.delete(gate.id)
      },
    })
    this.#links.add(gate)
    if (this.#finishing) gate.finish()
  }

  /** False where it was dropped. */
  deliver(route: Route, hint: Hint): boolean {
    return this.#gates.get(route.gate)?.deliver(route, hint) ?? false
  }

  /** False where it was dropped. */
  live(route: Route, message: LiveMessage): boolean {
    return this.#gates.get(route.gate)?.live(route, message) ?? false
  }

  head(route: Route, news: HeadNews): boolean {
    return this.#gates.get(route.gate)?.head(route, news) ?? false
  }

  /** Tells a session that something was read; `body` is an edge Read. */
  read(route: Route, body: Uint8Array): void {
    this.#gates.get(route.gate)?.read(route, body)
  }

  /** False where there is no link to the gate. */
  kick(route: Route, code: CodeName): boolean {
    const gate = this.#gates.get(route.gate)
    gate?.kick(route, CODES[code].code)
    return gate !== undefined
  }

  /** What the user of this session is subscribed to has changed. */
  renewTopics(route: Route): void {
    this.#gates.get(route.gate)?.topics.renew(route)
  }

  /** Tells every gate that these hold, or were lifted. */
  revoke(revocations: readonly Revocation[], lifted: boolean): void {
    for (const body of revocationBodies(this.#parts.apps, revocations, lifted))
      for (const gate of this.#gates.values()) gate.revoke(body)
  }

  /** Tells every gate, and those that link up later, what life the route table has. */
  who(life: string): void {
    this.#life = life
    for (const gate of this.#gates.values()) gate.who(life)
  }

  /** Has a gate tell its clients; undefined: it has no link here, or does not answer. */
  async hint(gate: string, hints: GateHints, quiet: boolean): Promise<HintResult | undefined> {
    const body = trunkBody.Hints.encode({ ...hints, quiet }).finish()
    return this.#gates.get(gate)?.hints.ask(body)
  }

  /**
   * Has a gate send sessions elsewhere, and answers how far that is. To be said again about every second while
   * it is wanted; undefined: the gate has no link here, or does not answer.
   */
  async move(gate: string, move: Move): Promise<Moving | undefined> {
    return this.#gates.get(gate)?.moves.ask(trunkBody.Move.encode(move).finish())
  }

  /** Tells every gate that hints were lost. */
  resync(): void {
    for (const gate of this.#gates.values()) gate.resync()
  }

  /** Tells every gate how loaded this node is. */
  load(load: number): void {
    for (const gate of this.#gates.values()) gate.load(load)
  }

  /** Refuses requests from now on; resolves when those under way are answered. */
  async finish(): Promise<void> {
    this.#finishing = true
    for (const gate of this.#links) gate.finish()
    while (this.busy > 0) await pause(this.#parts.context.clock, FINISH_POLL_MS)
  }

  /** Requests of gates that are not answered yet. */
  get busy(): number {
    let busy = 0
    for (const gate of this.#gates.values()) busy += gate.busy
    return busy
  }

  close(): void {
    for (const gate of this.#links) gate.close()
  }

  #hello(gate: GateLink, hello: Hello): string | undefined {
    if (hello.role !== 'gate')
      return `role "${hello.role}" is not served on the trunk; only gates are`
    if (!timingSafeEqual(digest(hello.key), this.#secret))
      return 'the cluster secret is another one; give all nodes the same'
    if (hello.node === '' || hello.incarnation === '') return 'node and incarnation are required'
    gate.id = nodeId({ name: hello.node, incarnation: hello.incarnation })
    this.#gates.get(gate.id)?.close()
    this.#gates.set(gate.id, gate)
    // Behind HELLO_ACK, which is written when this returns.
    this.#parts.context.clock.soon(() => {
      const { apps, revocations } = this.#parts
      for (const body of revocationBodies(apps, revocations(), false)) gate.revoke(body)
    })
    return undefined
  }
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
