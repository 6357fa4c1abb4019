import { localStorageNetworks } from '../heartbeat/local-storage.ts'
import type { AddressStore } from './records.ts'

/** Keeps addresses of gates in localStorage under `name`. */
export const localStorageAddresses = (name = 'longwire:addresses'): AddressStore =>
  localStorageNetworks(name)
