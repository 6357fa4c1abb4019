import type { Clock } from '@longwire/kit'
import type { Row } from '../store/table.ts'
import type { Collapses } from './collapse.ts'
import type { LogMessage, MailboxId } from './log.ts'
import type { Readers } from './readers.ts'
import { messageOf } from './rows.ts'

/** A message whose sender wants to know that not everybody it was for has read it. */
export interface Loss {
  readonly mailbox: MailboxId
  readonly message: LogMessage
  /** Its ttl is over; the mailbox was too full, or every end that there is read past it; a newer one of its key came. */
  readonly reason: 'ttl' | 'trimmed' | 'replaced'
  /** Active ends that it was for, and those of them that have acknowledged it. */
  readonly ends: number
  readonly readBy: number
}

export interface LossesParts {
  readonly clock: Clock
  readonly collapses: Collapses
  /** Must be durable when it resolves. A loss may be told again: by two nodes, or after a crash. */
  readonly onLost: (losses: readonly Loss[]) => Promise<void>
}

/** Tells of messages that are about to be removed unread, where their senders asked for that. */
export class Losses {
  readonly #parts: LossesParts

  constructor(parts: LossesParts) {
    this.#parts = parts
  }

  /** Only once this has resolved rows may go: what could not be told is told when they are looked at again. */
  async before(mailbox: MailboxId, rows: readonly Row[], readers: Readers): Promise<void> {
    const asked = rows.filter(({ doc }) => doc['tell_expired'] === true)
    if (asked.length === 0) return
    const losses = await Promise.all(asked.map(row => this.#lossOf(mailbox, row, readers)))
    const unread = losses.filter(loss => loss !== undefined)
    if (unread.length > 0) await this.#parts.onLost(unread)
  }

  async #lossOf(mailbox: MailboxId, row: Row, readers: Readers): Promise<Loss | undefined> {
    const { clock, collapses } = this.#parts
    const message = messageOf(row)
    const { ends, readBy } = readers.of(message.appcode, message.seq)
    if (ends > 0 && readBy === ends) return undefined
    const isReplaced = message.collapse !== '' && (await collapses.isReplaced(mailbox, message))
    const reason = message.expiresAt <= clock.now() ? 'ttl' : 'trimmed'
    return { mailbox, message, reason: isReplaced ? 'replaced' : reason, ends, readBy }
  }
}
