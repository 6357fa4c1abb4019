import type { Clock, Random } from '@longwire/kit'
import { TableUnavailable } from '../store/table.ts'
import type { RaiseRow, Row, Table } from '../store/table.ts'
import { Appender } from './appender.ts'
import type { LogContext } from './appender.ts'
import { Collapses } from './collapse.ts'
import { Cursors } from './cursors.ts'
import { StoreEpoch } from './epoch.ts'
import { KeyedAppends } from './keyed.ts'
import type { Log, LogLimits, MailboxId } from './log.ts'
import { Losses, type LossesParts } from './losses.ts'
import { MailboxCache } from './mailbox.ts'
import { Reader } from './reader.ts'
import { MAILBOXES, mailboxKeys, RECALLED, rowKey, type LogPlace } from './rows.ts'
import { Sweeper } from './sweeper.ts'
import { Trimmer } from './trimmer.ts'

export interface LogOptions {
  readonly table: Table
  readonly clock: Clock
  readonly random: Random
  readonly limits: LogLimits | ((id: MailboxId) => LogLimits)
  /** Where its rows are. @default that of mailboxes */
  readonly place?: LogPlace
  /** Rows that were read stay this long; more than `headCacheMs`, on every node that shares the table. */
  readonly graceMs?: number
  /** A mailbox's head is relied on this long without a look at the table. */
  readonly headCacheMs?: number
  /** Cursors are written at the latest after this. */
  readonly cursorFlushMs?: number
  /** Mailboxes whose head is remembered. */
  readonly cachedMailboxes?: number
  /** An end that was not seen for this long no longer holds rows back. */
  readonly endIdleMs?: number
  readonly sweep?: { readonly pageRows: number; readonly pauseMs: number }
  /** Told of each message that is removed; `acked`: every end that it was for has acknowledged it. */
  readonly onRemoved?: (row: Row, acked: boolean) => void
  /** Told of messages that are about to be removed unread, of those whose sender asked for it. See {@link LossesParts.onLost}. */
  readonly onLost?: LossesParts['onLost']
  /** Told how many messages a reader did not get because newer ones of their collapse key are there. */
  readonly onReplaced?: (count: number) => void
  /** A fault of the program in background work; thrown when nobody listens. */
  readonly onFault?: (error: unknown) => void
}

const DEFAULTS = {
  graceMs: 60_000,
  headCacheMs: 20_000,
  cursorFlushMs: 2_000,
  cachedMailboxes: 200_000,
  endIdleMs: 30 * 24 * 3600 * 1000,
  sweep: { pageRows: 500, pauseMs: 1_000 },
} as const

/** {@link Log} on a table. Several may work on one table, in any number of processes. */
export const createLog = (options: LogOptions): Log => {
  const { table, clock, random, limits, place = MAILBOXES } = options
  const graceMs = options.graceMs ?? DEFAULTS.graceMs
  const headCacheMs = options.headCacheMs ?? DEFAULTS.headCacheMs
  if (graceMs <= headCacheMs)
    throw new RangeError(
      `graceMs is ${graceMs} and headCacheMs ${headCacheMs}: rows must be kept longer than heads are relied on`,
    )
  const onError = (error: unknown): void => {
    if (!(error instanceof TableUnavailable)) (options.onFault ?? throwLater)(error)
  }

  const cached = options.cachedMailboxes ?? DEFAULTS.cachedMailboxes
  const cache = new MailboxCache(cached, (system, uid) => mailboxKeys({ system, uid }, place))
  const epoch = new StoreEpoch(table, random)
  const context: LogContext = { table, clock, epoch, cache, place, headCacheMs }
  const endIdleMs = options.endIdleMs ?? DEFAULTS.endIdleMs
  const onRemoved = options.onRemoved ?? nothing
  const collapses = new Collapses(context, options.onReplaced ?? nothing)
  const losses = new Losses({ clock, collapses, onLost: options.onLost ?? nobody })
  const limitsOf = typeof limits === 'function' ? limits : (): LogLimits => limits
  const trimming = { table, clock, cache, limitsOf, graceMs, endIdleMs, losses, onRemoved, onError }
  const trimmer = new Trimmer(trimming)
  const cursors = new Cursors({
    table,
    place,
    clock,
    flushMs: options.cursorFlushMs ?? DEFAULTS.cursorFlushMs,
    onSaved: (keys, seq) => trimmer.schedule(keys, seq),
    onError,
  })
  const sweeper = new Sweeper({
    table,
    place,
    clock,
    trimmer,
    graceMs,
    onError,
    ...(options.sweep ?? DEFAULTS.sweep),
  })
  const appender = new Appender(context, new KeyedAppends(context), mailbox =>
    trimmer.makeRoom(mailbox),
  )
  const reader = new Reader(context, collapses)

  return {
    append: (mailbox, message) =>
      message.collapse === undefined
        ? appender.append(mailbox, message)
        : collapses.append(mailbox, message, () => appender.append(mailbox, message)),
    read: (mailbox, appcode, after, ...[limit, maxBytes]) =>
      reader.page(mailbox, { appcode, after, limit, maxBytes }),
    resume: (mailbox, appcode, cursor, ...[limit, maxBytes]) =>
      reader.resume(mailbox, cursor, { appcode, limit, maxBytes }),
    heads: mailbox => reader.heads(mailbox),
    acknowledge: (mailbox, end, seq) => cursors.acknowledge(mailbox, end, seq),
    enrol: (mailbox, end, seq) => cursors.enrol(mailbox, end, seq),
    withdraw: (mailbox, seq) => table.raise([withdrawn(mailbox, seq)]),
    expire: (mailbox, time) => trimmer.expire(cache.of(mailbox.system, mailbox.uid), time),
    start: () => sweeper.start(),
    async stop() {
      await sweeper.stop()
      cursors.stop()
      await cursors.flush().catch(onError)
      cursors.stop()
      trimmer.stop()
    },
  }
}

const nothing = (): void => undefined
const nobody = async (): Promise<void> => undefined
const withdrawn = (mailbox: MailboxId, seq: number): RaiseRow => ({
  key: rowKey(mailboxKeys(mailbox), seq),
  fields: { state: RECALLED },
})

const throwLater = (error: unknown): void =>
  queueMicrotask(() => {
    throw error
  })
