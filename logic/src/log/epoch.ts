import type { Random } from '@longwire/kit'
import type { Table } from '../store/table.ts'
import { numberIn } from './rows.ts'

const EPOCH_KEY = 'settings/epoch'

/** The store's epoch: a random number, never 0, that another store would not have. Made once. */
export class StoreEpoch {
  readonly #table: Table
  readonly #random: Random
  #value = 0

  constructor(table: Table, random: Random) {
    this.#table = table
    this.#random = random
  }

  /** 0 while it is not known. */
  get value(): number {
    return this.#value
  }

  async read(): Promise<number> {
    if (this.#value !== 0) return this.#value
    let doc = await this.#table.get(EPOCH_KEY)
    if (doc === undefined) {
      const epoch = 1 + Math.floor(this.#random() * 0xffffffff)
      await this.#table.insert([[{ key: EPOCH_KEY, doc: { epoch } }]])
      doc = await this.#table.get(EPOCH_KEY)
    }
    this.#value = numberIn(doc, 'epoch')
    return this.#value
  }
}
