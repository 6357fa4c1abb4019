import { blockList, within } from '@longwire/kit'
import type { BlockList } from 'node:net'

/** A region or an ISP, by the addresses of its clients. */
export interface Net {
  readonly name: string
  /** CIDR blocks. */
  readonly blocks: readonly string[]
}

/** Whose network an address is of. */
export class Nets {
  readonly names: ReadonlySet<string>
  readonly #lists: readonly { readonly name: string; readonly list: BlockList }[]

  /** Throws where a block is none. */
  constructor(nets: readonly Net[]) {
    this.names = new Set(nets.map(({ name }) => name))
    this.#lists = nets.map(({ name, blocks }) => ({ name, list: blockList(blocks) }))
  }

  /** The first one that has `ip`; undefined: none. */
  of(ip: string): string | undefined {
    return this.#lists.find(({ list }) => within(list, ip))?.name
  }
}
