import type { Counted } from './stages.ts'

const PER_BUSINESS_MAX = 256
/** Stands for every appcode and msgtype that a business has beyond {@link PER_BUSINESS_MAX}. */
const OTHER = -1
const MSGTYPES = 2 ** 16

/** Numbers for what messages are counted under: at most 256 for a business, and one for all the rest of it. */
export class ArrivalClasses {
  readonly #list: Counted[] = []
  readonly #ids = new Map<string, Map<number, number>>()
  #last: Counted = { business: '', appcode: OTHER, msgtype: OTHER }
  #lastId = 0

  get size(): number {
    return this.#list.length
  }

  at(id: number): Counted {
    return this.#list[id]!
  }

  idOf(business: string, appcode: number, msgtype: number): number {
    const last = this.#last
    if (last.msgtype === msgtype && last.appcode === appcode && last.business === business)
      return this.#lastId
    const id = this.#find(business, appcode, msgtype)
    this.#last = this.#list[id]!
    this.#lastId = id
    return id
  }

  #find(business: string, appcode: number, msgtype: number): number {
    let ids = this.#ids.get(business)
    if (ids === undefined) {
      ids = new Map()
      this.#ids.set(business, ids)
    }
    const key = appcode * MSGTYPES + msgtype
    const known = ids.get(key)
    if (known !== undefined) return known
    if (ids.size < PER_BUSINESS_MAX) return this.#add(ids, key, { business, appcode, msgtype })
    const rest = { business, appcode: OTHER, msgtype: OTHER }
    return ids.get(OTHER) ?? this.#add(ids, OTHER, rest)
  }

  #add(ids: Map<number, number>, key: number, counted: Counted): number {
    const id = this.#list.push(counted) - 1
    ids.set(key, id)
    return id
  }
}
