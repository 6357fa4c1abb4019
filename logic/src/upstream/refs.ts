import type { Clock, Logger, Timer } from '@longwire/kit'
import { numberIn, textIn } from '../log/rows.ts'
import { Recent } from '../recent.ts'
import {
  keyAfter,
  keyEnd,
  keyPart,
  TableUnavailable,
  type Row,
  type Table,
} from '../store/table.ts'

/** A ref of a client: within the life of its refs, the same ref is the same message. */
export interface RefOwner {
  readonly system: string
  readonly uid: string
  readonly device: string
  readonly refEpoch: number
  readonly ref: number
}

export interface RefsParts {
  readonly table: Table
  readonly clock: Clock
  readonly logger: Logger
}

/** Refs of one device that are remembered, and for how long. */
const REFS_KEPT = 256
const REF_MS = 24 * 3_600_000
const REFS = 'refs/'
/** Refs are removed in runs, so that not every message costs a removal of its own. */
const RUN = 32
const SWEEP = { rows: 500, pauseMs: 1_000 } as const
/** Those whose message is known to be where it should be. */
const DONE = { keepMs: 10 * 60_000, most: 400_000 } as const

/**
 * Which refs were given which msgid, in `refs/<system>/<uid>/<device>/<ref epoch>/<ref>` {msgid, at}.
 *
 * The row is written before the message goes to its bus. So a repeat always gets the first msgid; where
 * it is not certain that the message got there (the node that wrote the row has died since), it is
 * published once more under that msgid.
 */
export class Refs {
  readonly #parts: RefsParts
  readonly #done: Recent<string>
  #timer: Timer | undefined
  #from = REFS
  #stopped = false
  #sweeping: Promise<void> | undefined

  constructor(parts: RefsParts) {
    this.#parts = parts
    this.#done = new Recent(parts.clock, DONE.keepMs, DONE.most)
  }

  /** The msgid with which this ref was done, as far as this process knows. */
  doneAs(key: string): string | undefined {
    return this.#done.get(key)
  }

  done(key: string, msgid: string): void {
    this.#done.set(key, msgid)
  }

  /**
   * Gives each key its msgid, or finds the one that it has been given. Resolves to what each of them has
   * from now on; rejects with TableUnavailable.
   */
  async claim(keys: readonly string[], msgids: readonly string[]): Promise<readonly string[]> {
    const { table, clock } = this.#parts
    const at = clock.now()
    const groups: Row[][] = []
    for (let index = 0; index < keys.length; index++)
      groups.push([{ key: keys[index]!, doc: { msgid: msgids[index]!, at } }])
    const inserted = await table.insert(groups)
    if (!inserted.includes(0)) return msgids
    const claimed = [...msgids]
    for (let index = 0; index < keys.length; index++) {
      if (inserted[index] === 1) continue
      const known = textIn((await table.get(keys[index]!)) ?? {}, 'msgid')
      if (known !== '') claimed[index] = known
    }
    return claimed
  }

  /** What lies further back than a device may repeat goes; lost removals are made good by the sweep. */
  trim(owners: readonly RefOwner[]): void {
    const gone: string[] = []
    for (const owner of owners) {
      if (owner.ref % RUN !== 0 || owner.ref <= REFS_KEPT) continue
      const last = owner.ref - REFS_KEPT
      for (let ref = Math.max(1, last - RUN + 1); ref <= last; ref++) gone.push(refKey(owner, ref))
    }
    if (gone.length > 0) this.#parts.table.remove(gone).catch(ignoreUnavailable)
  }

  start(): void {
    this.#timer = this.#parts.clock.after(SWEEP.pauseMs, () => {
      this.#sweeping = this.#sweep()
        .catch((error: unknown) => {
          if (!(error instanceof TableUnavailable))
            this.#parts.logger.error({ err: error }, 'sweeping refs failed')
        })
        .finally(() => {
          if (!this.#stopped) this.start()
        })
    })
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#timer?.cancel()
    await this.#sweeping
  }

  async #sweep(): Promise<void> {
    const { table, clock } = this.#parts
    const rows = await table.range(this.#from, keyEnd(REFS), SWEEP.rows)
    const old = clock.now() - REF_MS
    const gone = rows.filter(({ doc }) => numberIn(doc, 'at') < old)
    if (gone.length > 0) await table.remove(gone.map(({ key }) => key))
    const last = rows.at(-1)
    this.#from = last === undefined || rows.length < SWEEP.rows ? REFS : keyAfter(last.key)
  }
}

export const refKey = (owner: RefOwner, ref: number = owner.ref): string =>
  `${REFS}${owner.system}/${keyPart(owner.uid)}/${keyPart(owner.device)}/${owner.refEpoch.toString(16)}/${ref}`

const ignoreUnavailable = (error: unknown): void => {
  if (!(error instanceof TableUnavailable)) throw error
}
