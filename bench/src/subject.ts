import type { Transport } from './load/fleet.ts'
import type { Publishing } from './load/publisher.ts'
import type { ProcessStats } from './process-stats.ts'

/** A server under test: Longwire or a peer. */
export interface Subject {
  readonly name: string
  /** Where a message is when its publisher is answered. */
  readonly durable: string
  readonly login: { readonly appcode: number; readonly tokenSecret: string }
  /** Where clients of this transport connect. */
  gate(transport: Transport): { readonly host: string; readonly port: number }
  openPublisher(name: string): Promise<Publishing>
  /** Directory of the store. */
  readonly dataDirectory: string
  /** All its processes together. */
  stats(): ProcessStats
  /** The process that holds the connections. */
  gateStats(): ProcessStats
  logicStats?(): ProcessStats
  /** How many ends of these users have a route. */
  online?(uids: readonly string[]): Promise<number>
  /** What a part says at `/metrics`: the number of each line, by what stands before it. */
  metrics?(part: 'gate' | 'logic'): Promise<ReadonlyMap<string, number>>
  /** Also removes its data. */
  stop(): Promise<void>
}
