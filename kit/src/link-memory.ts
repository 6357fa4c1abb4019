import type { Clock } from './clock.ts'
import type { Link, LinkHandlers } from './link.ts'

/** Two ends of a link within one process: what one writes, the other receives on a later turn. */
export const memoryLinks = (clock: Clock, names: readonly [string, string]): [Link, Link] => {
  const a = new MemoryLink(clock, names[1])
  const b = new MemoryLink(clock, names[0])
  a.peer = b
  b.peer = a
  return [a, b]
}

class MemoryLink implements Link {
  peer: MemoryLink | undefined
  readonly remote: string
  readonly #clock: Clock
  #handlers: LinkHandlers | undefined
  #inbox: Buffer[] = []
  #inboxBytes = 0
  #scheduled = false
  #ended = false

  constructor(clock: Clock, remote: string) {
    this.#clock = clock
    this.remote = remote
  }

  get bufferedBytes(): number {
    const { peer } = this
    return peer === undefined ? 0 : peer.#inboxBytes
  }

  open(handlers: LinkHandlers): void {
    this.#handlers = handlers
    this.#schedule()
  }

  write(bytes: Buffer): void {
    const { peer } = this
    if (peer === undefined || bytes.length === 0) return
    peer.#inbox.push(bytes)
    peer.#inboxBytes += bytes.length
    peer.#schedule()
  }

  close(): void {
    const { peer } = this
    this.peer = undefined
    this.#inbox = []
    this.#end()
    if (peer === undefined) return
    peer.peer = undefined
    peer.#end()
  }

  #end(): void {
    this.#ended = true
    this.#schedule()
  }

  #schedule(): void {
    if (this.#scheduled || this.#handlers === undefined) return
    this.#scheduled = true
    this.#clock.soon(() => this.#drain())
  }

  #drain(): void {
    this.#scheduled = false
    const chunks = this.#inbox
    this.#inbox = []
    this.#inboxBytes = 0
    for (const chunk of chunks) this.#handlers?.data(chunk)
    if (!this.#ended || this.#inbox.length > 0) return
    const handlers = this.#handlers
    this.#handlers = undefined
    handlers?.closed()
  }
}
