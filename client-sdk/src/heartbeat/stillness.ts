import type { Clock, Timer } from '../clock.ts'

const LOOK_MS = 15_000
/** Wall time and monotonic time went apart this far: the device slept, or its clock was set. */
export const JUMP_MS = 5_000

/**
 * Calls `stood` when the process stood still: a device that slept, a page that was frozen. `look` is
 * called each time it is looked at. Returns what ends the watch.
 */
export const watchStillness = (
  clock: Clock,
  stood: () => void,
  look: () => void = () => undefined,
): (() => void) => {
  let wall = clock.now()
  let mono = clock.monotonic()
  let timer: Timer
  const arm = (): void => {
    timer = clock.after(LOOK_MS, () => {
      const walled = clock.now() - wall
      const passed = clock.monotonic() - mono
      wall += walled
      mono += passed
      // Either clock may be the one that goes on while the device sleeps.
      if (Math.abs(walled - passed) > JUMP_MS || passed > LOOK_MS + STOOD_MS) stood()
      look()
      arm()
    })
  }
  arm()
  return () => timer.cancel()
}

/** Beyond this a timer was not merely late: hidden pages get theirs once a minute. */
const STOOD_MS = 75_000
