import type { Row } from '../store/table.ts'
import { numberIn } from './rows.ts'

/** How far the active ends of a mailbox have read. */
export class Readers {
  /** The last seq that all of them have acknowledged; 0: none, or there are none. */
  readonly all: number
  readonly #ends: readonly { readonly appcode: number; readonly acked: number }[]

  /** `prefix` is what the keys of `rows` begin with; `isWhole`: there are no more rows. */
  constructor(prefix: string, rows: readonly Row[], isWhole: boolean) {
    this.#ends = rows.map(({ key, doc }) => ({
      appcode: Number(key.slice(prefix.length, key.indexOf('/', prefix.length))),
      acked: numberIn(doc, 'acked'),
    }))
    const least = this.#ends.reduce((min, { acked }) => Math.min(min, acked), Infinity)
    this.all = least === Infinity || !isWhole ? 0 : least
  }

  /** The ends that a message to `appcode` (0: all) is for, and those of them that have acknowledged `seq`. */
  of(appcode: number, seq: number): { readonly ends: number; readonly readBy: number } {
    const meant = this.#ends.filter(end => appcode === 0 || end.appcode === appcode)
    return { ends: meant.length, readBy: meant.filter(({ acked }) => acked >= seq).length }
  }
}
