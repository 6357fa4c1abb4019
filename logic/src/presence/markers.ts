import type { Logger } from '@longwire/kit'
import type { UserKey } from '../routes/route-table.ts'
import {
  TableUnavailable,
  keyAfter,
  keyEnd,
  keyPart,
  keyPartText,
  type Table,
} from '../store/table.ts'

const ROOT = 'presence-due/'
const PAGE = 256

/**
 * Users whose ends went away and are to be told offline by this node once they have settled:
 * `presence-due/<node>/<system>/<uid>`. Where the node dies first, another one finds them here.
 */
export class Markers {
  readonly #table: Table
  readonly #logger: Logger
  readonly #prefix: string
  #changes = new Map<string, boolean>()
  #writing: Promise<void> | undefined

  /** `node` names the incarnation. */
  constructor(table: Table, node: string, logger: Logger) {
    this.#table = table
    this.#logger = logger
    this.#prefix = prefixOf(node)
  }

  /** Written soon; a write that fails is not repeated, the sweep is behind it. */
  set(user: UserKey): void {
    this.#change(user, true)
  }

  clear(user: UserKey): void {
    this.#change(user, false)
  }

  /** Resolves when all changes were written, or given up. */
  async flush(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing
  }

  /** The nodes that have left something here. */
  async nodes(): Promise<string[]> {
    const nodes: string[] = []
    for (let from = ROOT; ;) {
      const [row] = await this.#table.range(from, keyEnd(ROOT), 1)
      if (row === undefined) return nodes
      const node = keyPartText(row.key.split('/')[1] ?? '')
      nodes.push(node)
      from = keyEnd(prefixOf(node))
    }
  }

  /** The first users of `node`. */
  async of(node: string): Promise<UserKey[]> {
    const prefix = prefixOf(node)
    const rows = await this.#table.range(prefix, keyEnd(prefix), PAGE)
    return rows.map(row => userOf(row.key, 2))
  }

  /** After they have been taken over. */
  async remove(node: string, users: readonly UserKey[]): Promise<void> {
    await this.#table.remove(users.map(user => prefixOf(node) + pathOf(user)))
  }

  #change(user: UserKey, set: boolean): void {
    this.#changes.set(this.#prefix + pathOf(user), set)
    this.#writing ??= Promise.resolve()
      .then(() => this.#write())
      .finally(() => {
        this.#writing = undefined
      })
  }

  /** One batch after the other, so that what is set and cleared by turns ends as it was meant. */
  async #write(): Promise<void> {
    while (this.#changes.size > 0) {
      const changes = this.#changes
      this.#changes = new Map()
      const set: string[] = []
      const cleared: string[] = []
      for (const [key, marked] of changes) (marked ? set : cleared).push(key)
      try {
        if (set.length > 0) await this.#table.insert(set.map(key => [{ key, doc: { due: 1 } }]))
        if (cleared.length > 0) await this.#table.remove(cleared)
      } catch (error) {
        if (!(error instanceof TableUnavailable))
          this.#logger.error({ err: error }, 'writing presence markers failed')
      }
    }
  }
}

export const pathOf = ({ system, uid }: UserKey): string => `${keyPart(system)}/${keyPart(uid)}`

/** The user that the segments of `key` from `at` on name. */
export const userOf = (key: string, at: number): UserKey => {
  const parts = key.split('/')
  return { system: keyPartText(parts[at] ?? ''), uid: keyPartText(parts[at + 1] ?? '') }
}

const prefixOf = (node: string): string => `${ROOT}${keyPart(node)}/`

/** Users of `table`/… in pages of keys, to go through them all. */
export const pageOf = async (
  table: Table,
  prefix: string,
  { after, limit }: { readonly after: string; readonly limit: number },
): Promise<{ readonly keys: readonly string[]; readonly next: string }> => {
  const rows = await table.range(after === '' ? prefix : keyAfter(after), keyEnd(prefix), limit)
  const last = rows.length < limit ? '' : (rows.at(-1)?.key ?? '')
  return { keys: rows.map(({ key }) => key), next: last }
}
