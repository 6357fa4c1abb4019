import { createHmac } from 'node:crypto'

const ID_BYTES = 8
const NONE: Uint8Array = new Uint8Array(0)

/**
 * Names networks for clients: the same on every gate of a cluster, and nothing can be learned from it
 * without the cluster's secret.
 */
export class NetworkIds {
  readonly #key: Buffer

  constructor(secret: string) {
    this.#key = createHmac('sha256', secret).update('names of networks').digest()
  }

  /** `network` as {@link AddressKey.network} writes it; nothing for ''. */
  of(network: string): Uint8Array {
    if (network === '') return NONE
    return createHmac('sha256', this.#key).update(network).digest().subarray(0, ID_BYTES)
  }
}
