import type { Clock } from '@longwire/kit'
import type { EventLog } from '../events/event-log.ts'
import type { GateEvent } from '../events/event.ts'
import type { UserKey } from '../routes/route-table.ts'
import { keyEnd, keyPart, keyPartText, type Row, type Table } from '../store/table.ts'
import type { Detector } from './detector.ts'
import { pageOf, userOf } from './markers.ts'
import { indexOf } from './presence.ts'
import { ToldDocs } from './told.ts'

interface ToldGate {
  readonly up: boolean
  /** All its users have been looked at since it went up or down. */
  readonly walked: boolean
}

const ROOT = 'gates/'
const GATES_MAX = 5_000
/** A gate that is gone is forgotten after this. */
const FORGET_MS = 24 * 3600 * 1000
const REMOVE_ROWS = 256

/** Tells of gates that come and go, and names the users of those: `gates/<gate>` says what was told. */
export class GateEvents {
  readonly #table: Table
  readonly #detector: Detector
  readonly #clock: Clock
  readonly #msgid: () => string
  readonly #docs: ToldDocs<ToldGate>
  /** How far the users of a gate have been named, as a key. */
  readonly #walks = new Map<string, string>()

  constructor(parts: {
    readonly table: Table
    readonly detector: Detector
    readonly events: EventLog
    readonly clock: Clock
    readonly msgid: () => string
  }) {
    this.#table = parts.table
    this.#detector = parts.detector
    this.#clock = parts.clock
    this.#msgid = parts.msgid
    const pack = ({ up, walked }: ToldGate): string => `${up ? 'up' : 'down'} ${walked ? 1 : 0}`
    this.#docs = new ToldDocs(parts, {
      pack,
      unpack: text => ({ up: text.startsWith('up'), walked: text.endsWith('1') }),
    })
  }

  /** Tells what has changed since it was last told, whoever did. Rejects with TableUnavailable. */
  async tell(): Promise<void> {
    if (!this.#detector.knows) return
    const rows = await this.#table.range(ROOT, keyEnd(ROOT), GATES_MAX)
    const known = new Map(rows.map(row => [gateOf(row), this.#docs.peek(row.doc)]))
    for (const { id } of this.#detector.gates()) {
      const told = known.get(id)
      if (told === undefined || !told.state.up || told.pending) await this.#tellOne(id, true)
    }
    for (const [id, { state, pending, at }] of known) {
      if (this.#detector.isLive(id)) {
        if (!state.walked) this.#begin(id)
        continue
      }
      if (state.up || pending) await this.#tellOne(id, false)
      else if (!state.walked) this.#begin(id)
      else if (at < this.#clock.now() - FORGET_MS) await this.#forget(id)
    }
  }

  /** The next users, `limit` at most, of gates that came or went. */
  async users(limit: number): Promise<UserKey[]> {
    const users: UserKey[] = []
    for (const [gate, after] of this.#walks) {
      if (users.length >= limit) break
      const page = await pageOf(this.#table, indexOf(gate), { after, limit: limit - users.length })
      users.push(...page.keys.map(key => userOf(key, 2)))
      if (page.next === '') await this.#walked(gate)
      else this.#walks.set(gate, page.next)
    }
    return users
  }

  #begin(gate: string): void {
    if (!this.#walks.has(gate)) this.#walks.set(gate, '')
  }

  async #tellOne(gate: string, up: boolean): Promise<void> {
    const key = ROOT + keyPart(gate)
    const { rev, state } = await this.#docs.read(key)
    if (state?.up === up) return
    const at = this.#clock.now()
    const event: GateEvent = {
      kind: up ? 'gate_up' : 'gate_down',
      id: this.#msgid(),
      at,
      gate,
      reason: up ? 'started' : this.#detector.lossOf(gate),
    }
    // A gate that is new has no users that were told to be there.
    const walked = state === undefined
    if (!(await this.#docs.tell(key, rev, { state: { up, walked }, events: [event], at }))) return
    this.#walks.delete(gate)
    if (!walked) this.#begin(gate)
  }

  async #walked(gate: string): Promise<void> {
    this.#walks.delete(gate)
    const key = ROOT + keyPart(gate)
    const { rev, state } = await this.#docs.read(key)
    if (state === undefined || state.walked) return
    const at = this.#clock.now()
    await this.#docs.tell(key, rev, { state: { ...state, walked: true }, events: [], at })
  }

  async #forget(gate: string): Promise<void> {
    for (;;) {
      const prefix = indexOf(gate)
      const rows = await this.#table.range(prefix, keyEnd(prefix), REMOVE_ROWS)
      if (rows.length > 0) await this.#table.remove(rows.map(({ key }) => key))
      if (rows.length < REMOVE_ROWS) break
    }
    await this.#table.remove([ROOT + keyPart(gate)])
  }
}

const gateOf = ({ key }: Row): string => keyPartText(key.slice(ROOT.length))
