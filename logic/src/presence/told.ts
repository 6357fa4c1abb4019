import { packEvents, unpackEvents, type Event } from '../events/event.ts'
import type { EventLog } from '../events/event-log.ts'
import { numberIn, textIn } from '../log/rows.ts'
import type { Doc, Table } from '../store/table.ts'

/** What was last told of something, and its version. */
export interface Told<State> {
  readonly rev: number
  /** Undefined: nothing was ever told. */
  readonly state: State | undefined
}

/**
 * Documents that say what was last told of a user or a gate, each an outbox of its own:
 * `<table>/<name>` {state, pending, at, rev}.
 *
 * A change is one conditional write that holds both the new state and the events of it as `pending`;
 * then the events are appended, each by its id, so that a repeat is no second row; then `pending` is
 * cleared. Whoever finds `pending` finishes it before anything else, so a crash between any two steps
 * neither loses nor repeats an event, and events of one document are in the stream in the order of its
 * changes.
 */
export class ToldDocs<State> {
  readonly #table: Table
  readonly #events: EventLog
  readonly #pack: (state: State) => string
  readonly #unpack: (text: string) => State

  constructor(
    parts: { readonly table: Table; readonly events: EventLog },
    form: { readonly pack: (state: State) => string; readonly unpack: (text: string) => State },
  ) {
    this.#table = parts.table
    this.#events = parts.events
    this.#pack = form.pack
    this.#unpack = form.unpack
  }

  /** What was last told, after what somebody began to tell has been told. */
  async read(key: string): Promise<Told<State>> {
    for (;;) {
      const doc = await this.#table.get(key)
      const rev = numberIn(doc, 'rev')
      if (doc === undefined) return { rev, state: undefined }
      if (textIn(doc, 'pending') === '') return { rev, state: this.#unpack(textIn(doc, 'state')) }
      const settled = await this.#settle(key, doc)
      if (settled !== undefined) return settled
    }
  }

  /** What `doc` says was told, and whether it is still being told. */
  peek(doc: Doc): { readonly state: State; readonly pending: boolean; readonly at: number } {
    const pending = textIn(doc, 'pending') !== ''
    return { state: this.#unpack(textIn(doc, 'state')), pending, at: numberIn(doc, 'at') }
  }

  /** Tells `events` and remembers `state`; false: another was faster, nothing was told. */
  async tell(
    key: string,
    rev: number,
    change: { readonly state: State; readonly events: readonly Event[]; readonly at: number },
  ): Promise<boolean> {
    const state = this.#pack(change.state)
    const pending = change.events.length === 0 ? '' : packEvents(change.events)
    const doc: Doc = { state, pending, at: change.at }
    if (!(await this.#table.swap(key, rev, doc))) return false
    if (pending !== '') await this.#settle(key, { ...doc, rev: rev + 1 })
    return true
  }

  /** Undefined: somebody else settled it meanwhile. */
  async #settle(key: string, doc: Doc): Promise<Told<State> | undefined> {
    const rev = numberIn(doc, 'rev')
    const events = unpackEvents(textIn(doc, 'pending'))
    await Promise.all(events.map(event => this.#events.append(event)))
    if (!(await this.#table.swap(key, rev, { ...doc, pending: '' }))) return undefined
    return { rev: rev + 1, state: this.#unpack(textIn(doc, 'state')) }
  }
}
