import { networkInterfaces } from 'node:os'
import { systemClock, type Clock } from '../clock.ts'
import type { Environment } from './environment.ts'
import { watchStillness } from './stillness.ts'

/** Many clients of one process look at the same. */
const FRESH_MS = 5_000
let seen = { at: -Infinity, addresses: '' }

/** The addresses that other machines may see. */
const ownAddresses = (): string => {
  const at = systemClock.monotonic()
  if (at - seen.at > FRESH_MS) seen = { at, addresses: readAddresses() }
  return seen.addresses
}

const readAddresses = (): string =>
  Object.values(networkInterfaces())
    .flatMap(list => list ?? [])
    .filter(({ internal }) => !internal)
    .map(({ address }) => address)
    .sort()
    .join()

/** A process that nobody looks at: notices that its machine slept, or got other addresses. */
export const nodeEnvironment = (
  clock: Clock = systemClock,
  addresses: () => string = ownAddresses,
): Environment => ({
  network: '',
  foreground: false,
  unattended: true,
  charging: false,
  watch: changed => {
    let before = addresses()
    const look = (): void => {
      const now = addresses()
      if (now !== before) changed('network')
      before = now
    }
    return watchStillness(clock, () => changed('resumed'), look)
  },
})
