import { VirtualClock } from '@longwire/kit'

/** Time moves only by `advance`, but the end of a turn is the real one: sockets need it. */
export class TestClock extends VirtualClock {
  #stalled = 0

  override monotonic(): number {
    return super.monotonic() + this.#stalled
  }

  /** Time passes in which this process does nothing, as when the machine is busy. */
  stall(ms: number): void {
    this.#stalled += ms
  }

  override soon(task: () => void): void {
    setImmediate(task)
  }
}

/** Moves time in ticks of the gate and lets sockets work in between. */
export const pass = async (clock: TestClock, ms: number): Promise<void> => {
  for (let left = ms; left > 0; left -= 250) {
    clock.advance(Math.min(left, 250))
    await turn()
  }
}

export const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

/** Waits, in real time, until something that sockets bring about has happened. */
export const until = async (what: string, happened: () => boolean): Promise<void> => {
  const end = Date.now() + 5_000
  while (!happened()) {
    if (Date.now() > end) throw new Error(`waited in vain until ${what}`)
    await new Promise(resolve => setTimeout(resolve, 2))
  }
}
