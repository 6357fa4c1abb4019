import { FileReserve } from '@longwire/kit'

/** Given to the other listeners of the process when files run out. */
const RESERVED = 16
/** Ticks: sockets that never speak are closed by uWebSockets.js within this time. */
const PAUSE_TICKS = 52

/**
 * Says when a listener must stop taking sockets because the process runs out of files.
 *
 * It holds some files itself. When `filesMax` are open it lets go of them, for operators and links, and
 * nobody may dial for as long as silent sockets live.
 */
export class FileGuard {
  readonly #filesMax: number
  readonly #reserve = new FileReserve(RESERVED)
  #pausedFor = 0

  constructor(filesMax: number) {
    this.#filesMax = filesMax
  }

  start(): void {
    if (this.#filesMax !== Infinity) this.#reserve.hold()
  }

  stop(): void {
    this.#reserve.release()
  }

  /** Called every tick: whether sockets may be taken. */
  look(): boolean {
    if (this.#filesMax === Infinity) return true
    if (this.#pausedFor > 0 && --this.#pausedFor > 0) return false
    if (this.#reserve.hold() && !this.#reserve.isBeyond(this.#filesMax)) return true
    this.#reserve.release()
    this.#pausedFor = PAUSE_TICKS
    return false
  }
}
