/**
 * PORT: topics of records that backends and the parts of this platform hand each other.
 *
 * It is what Kafka is, in small: a topic has partitions, a partition is a log of records with offsets,
 * a consumer group remembers per partition up to where it is done. Names of topics and groups are
 * 1–200 of `A–Z a–z 0–9 . _ -`.
 *
 * Laws, kept by every adapter and checked by one contract suite:
 * - `publish` resolves once all its records are durable on every replica that is in sync. Where it
 *   rejects with {@link BusUnavailable}, each of them may or may not be in its topic: publish them again,
 *   under the same id in a header of yours.
 * - Records of one key are in one partition, in the order in which they were published, by calls that
 *   followed each other or were under way together. A key of '' means: any partition.
 * - A partition has one owner within a group. Its records are handed over in the order of their offsets,
 *   and at least once: what was not committed comes again, to whoever owns the partition then.
 * - Groups know nothing of each other: each gets every record, at its own pace.
 * - Nothing is committed but by {@link Batch.commit}, and a commit by who lost the partition has no effect.
 * - Records older than the retention of their topic may be gone; a group that comes too late goes on with
 *   the oldest that is there.
 */
export interface Bus {
  /** Makes the topics that are missing; those that exist may get more partitions, never fewer, and the new retention. */
  create(topics: readonly TopicSpec[]): Promise<void>
  /** Rejects with {@link UnknownTopic}, and then none of them was published. */
  publish(records: readonly BusRecord[]): Promise<void>
  /** Joins the group. It retries by itself while the bus is away; it never stops until it is closed. */
  consume(options: ConsumeOptions): Consumer
  topics(): Promise<readonly TopicInfo[]>
  /** Where a group is in each partition that it ever began in, and in those of `topics`. */
  offsets(group: string, topics?: readonly string[]): Promise<readonly GroupOffset[]>
  /** Groups that ever began somewhere. */
  groups(): Promise<readonly string[]>
  /** Makes the group go on elsewhere in a topic. Rejects with {@link GroupBusy} while it has members. */
  seek(group: string, topic: string, to: Position): Promise<void>
  close(): Promise<void>
}

export interface TopicSpec {
  readonly topic: string
  readonly partitions: number
  readonly retentionMs: number
}

export interface BusRecord {
  readonly topic: string
  readonly key: string
  readonly headers: Readonly<Record<string, string>>
  readonly value: Uint8Array
  /** Milliseconds since 1970. */
  readonly time: number
}

/** A record as it stands in its partition. */
export interface StoredRecord extends BusRecord {
  readonly partition: number
  readonly offset: number
}

export type Position = 'earliest' | 'latest' | { readonly time: number }

export interface ConsumeOptions {
  readonly group: string
  readonly topics: readonly string[]
  /** Where a group begins in a partition that it never committed in. @default 'earliest' */
  readonly from?: 'earliest' | 'latest'
  /** Records of a batch at most. @default 500 */
  readonly maxRecords?: number
  /**
   * Takes records of one partition; not called again for it before it settles, which is how to slow it
   * down. It may take as long as it wants. Where it rejects, the partition goes on behind what was
   * committed last, after a wait that doubles from 100 ms to 10 s.
   */
  readonly handle: (batch: Batch) => Promise<void>
  /** Told of what goes wrong in the background and is tried again. */
  readonly onError?: (error: unknown) => void
}

/** Consecutive records of one partition. */
export interface Batch {
  readonly topic: string
  readonly partition: number
  readonly records: readonly StoredRecord[]
  /** Aborts when the partition is lost or to be given away, or the consumer closes: finish soon. */
  readonly signal: AbortSignal
  /**
   * Everything up to and with `offset` is done. Written within a second, and before the partition is given
   * away; without effect once it is lost or given away, which waits for `handle` to settle.
   */
  commit(offset: number): void
}

export interface Consumer {
  /** Partitions that it owns now, as `topic/partition`. */
  readonly owned: readonly string[]
  /** Aborts what it handles, waits for that, writes commits and leaves the group, so that others go on at once. */
  close(): Promise<void>
}

export interface TopicInfo {
  readonly topic: string
  readonly retentionMs: number
  /** By number. `start`: offset of the oldest record that is there, `end`: that of the next one. */
  readonly partitions: readonly { readonly start: number; readonly end: number }[]
}

export interface GroupOffset {
  readonly topic: string
  readonly partition: number
  /** The next record it gets when it goes on; −1: it never began here. */
  readonly offset: number
  readonly end: number
  /** Records it has not committed. */
  readonly lag: number
}

/** The bus does not answer: try again later. */
export class BusUnavailable extends Error {
  override readonly name = 'BusUnavailable'
}

/** Nobody has made this topic. */
export class UnknownTopic extends Error {
  override readonly name = 'UnknownTopic'
  constructor(topic: string) {
    super(`topic ${topic} does not exist; create it first`)
  }
}

/** Only a group without members can be moved. */
export class GroupBusy extends Error {
  override readonly name = 'GroupBusy'
  constructor(group: string) {
    super(`group ${group} has members; stop its consumers, wait a few seconds, then try again`)
  }
}

const NAME = /^[\w.-]{1,200}$/

/** Throws RangeError, naming it `what`. */
export const checkBusName = (what: string, name: string): void => {
  if (!NAME.test(name) || name === '.' || name === '..')
    throw new RangeError(`${what} is "${name}"; use 1 to 200 of A–Z a–z 0–9 . _ -`)
}
