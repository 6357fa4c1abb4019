import type { Clock } from '@longwire/kit'
import { textIn } from '../log/rows.ts'
import type { UserKey } from '../routes/route-table.ts'
import { keyEnd, keyPart, type Table } from '../store/table.ts'

/** Topics that a backend may subscribe one user to. */
export const GRANTS_MAX = 100

/**
 * Topics that backends have subscribed users to: `subscriptions/<system>/<uid>/<topic>`, a table of its own.
 */
export class Grants {
  readonly #table: Table
  readonly #clock: Clock

  constructor(table: Table, clock: Clock) {
    this.#table = table
    this.#clock = clock
  }

  /** False where the user has as many as allowed. */
  async add(user: UserKey, topic: string, business: string): Promise<boolean> {
    const topics = await this.of(user)
    if (topics.includes(topic)) return true
    if (topics.length >= GRANTS_MAX) return false
    const doc = { topic, business, since: this.#clock.now() }
    await this.#table.insert([[{ key: keyOf(user, topic), doc }]])
    return true
  }

  remove(user: UserKey, topic: string): Promise<void> {
    return this.#table.remove([keyOf(user, topic)])
  }

  async of(user: UserKey): Promise<string[]> {
    const prefix = prefixOf(user)
    const rows = await this.#table.range(prefix, keyEnd(prefix), GRANTS_MAX)
    return rows.map(({ doc }) => textIn(doc, 'topic'))
  }
}

const prefixOf = ({ system, uid }: UserKey): string =>
  `subscriptions/${keyPart(system)}/${keyPart(uid)}/`
const keyOf = (user: UserKey, topic: string): string => prefixOf(user) + keyPart(topic)
