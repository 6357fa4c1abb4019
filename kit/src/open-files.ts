import { closeSync, openSync } from 'node:fs'
import { devNull } from 'node:os'

/** Files (and sockets) this process may have open; Infinity where nobody says. Takes some milliseconds. */
export const openFilesMax = (): number => {
  const report: unknown = process.report.getReport()
  const soft = at(at(at(report, 'userLimits'), 'open_files'), 'soft')
  return typeof soft === 'number' ? soft : Infinity
}

const at = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined

/** Descriptors that are kept so that they can be given to others in need. */
export class FileReserve {
  readonly #count: number
  readonly #held: number[] = []

  constructor(count: number) {
    this.#count = count
  }

  /** False where there are not so many left. */
  hold(): boolean {
    try {
      while (this.#held.length < this.#count) this.#held.push(openSync(devNull, 'r'))
      return true
    } catch {
      this.release()
      return false
    }
  }

  /**
   * Whether at least `count` files are open. Descriptors are given out lowest first: when the lowest
   * free one is `count`, all below are taken.
   */
  isBeyond(count: number): boolean {
    try {
      const lowest = openSync(devNull, 'r')
      closeSync(lowest)
      return lowest >= count
    } catch {
      return true
    }
  }

  release(): void {
    for (const descriptor of this.#held.splice(0)) closeSync(descriptor)
  }
}
