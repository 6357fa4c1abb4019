import { blockList, within } from '@longwire/kit'
import { BUCKETS, hashOf, mixed } from '@longwire/proto'
import type { trunkBody } from '@longwire/proto/trunk'
import type { SessionTable } from '../session-table.ts'

export interface SelectionParts {
  readonly table: SessionTable
  /** The address that a source is, or its network: `10.0.0.1`, `2001:db8:0:1::/64`. */
  readonly addressOf: (source: number) => string
}

/** Which sessions a Move is about. Throws where a block of addresses is none. */
export const selectionOf = (
  { table, addressOf }: SelectionParts,
  move: trunkBody.Move,
): ((slot: number) => boolean) => {
  const { hashFrom, hashTo, appcodes, agents, nets, invert, share, id } = move
  const isCut = hashFrom !== 0 || hashTo !== 0
  const blocks = nets.length === 0 ? undefined : blockList(nets)
  const salt = hashOf(id)
  const matches = (slot: number, hash: number): boolean =>
    (!isCut || isBetween(bucketIn(hash), hashFrom, hashTo)) &&
    (appcodes.length === 0 || appcodes.includes(table.appcode[slot]!)) &&
    (agents.length === 0 || begins(table.agents.textOf(table.agent[slot]!), agents)) &&
    (blocks === undefined || within(blocks, ipOf(addressOf(table.source[slot]!))))
  return slot => {
    const hash = hashOf(table.uid[slot]!)
    if (matches(slot, hash) === invert) return false
    // The same users whenever the same job is asked, others than those of another job.
    return share === 0 || bucketIn(mixed(hash ^ salt)) < share
  }
}

const bucketIn = (hash: number): number => Math.floor((hash / 2 ** 32) * BUCKETS)

const isBetween = (bucket: number, from: number, to: number): boolean =>
  bucket >= from && bucket < to

const begins = (text: string, prefixes: readonly string[]): boolean =>
  prefixes.some(prefix => text.startsWith(prefix))

const ipOf = (address: string): string => {
  const slash = address.indexOf('/')
  return slash < 0 ? address : address.slice(0, slash)
}
