import { lookup } from 'node:dns/promises'
import { fileNetworks } from '../heartbeat/file.ts'
import type { Resolve } from './book.ts'
import type { AddressStore } from './records.ts'

/** Keeps addresses of gates in a small file. One process per file. */
export const fileAddresses = (path: string): AddressStore => fileNetworks(path)

/** As the system resolves it. */
export const systemResolve: Resolve = async host => {
  const found = await lookup(host, { all: true })
  return found.map(({ address }) => address)
}
