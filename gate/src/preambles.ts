import { PREAMBLE_BYTES, PROTOCOL_VERSION, readPreamble } from '@longwire/proto'

/** Preambles of TCP that came in pieces. */
export class Preambles {
  readonly #begun = new Map<number, Uint8Array>()

  /**
   * How many of `bytes` are the end of the preamble of `slot`; −1: all are, and it is not whole yet. Throws {@link ProtocolError} where it is none.
   */
  take(slot: number, bytes: Uint8Array): number {
    const begun = this.#begun.get(slot)
    const taken = Math.min(PREAMBLE_BYTES - (begun?.length ?? 0), bytes.length)
    const preamble = Buffer.concat([begun ?? EMPTY, bytes.subarray(0, taken)])
    if (readPreamble(preamble, PROTOCOL_VERSION, PROTOCOL_VERSION) === 0) {
      this.#begun.set(slot, preamble)
      return -1
    }
    this.#begun.delete(slot)
    return taken
  }

  forget(slot: number): void {
    this.#begun.delete(slot)
  }
}

const EMPTY = new Uint8Array(0)
