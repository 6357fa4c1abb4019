import { Failure } from '../failure.ts'
import type { Shell } from '../shell.ts'
import { paintFor, visible } from '../terminal.ts'
import { apiOf, type ApiOptions } from './api.ts'
import { findLocal } from './local.ts'

export interface MailboxOptions extends ApiOptions {
  readonly uid: string
  readonly appcode?: number
  readonly after: number
  readonly limit: number
  readonly json?: boolean
}

interface Mailbox {
  readonly epoch: number
  readonly head: number
  readonly floor: number
  readonly messages: readonly {
    seq: number
    msgtype: number
    sentAt: string
    urgency?: string
    mustWake?: boolean
    collapseKey?: string
    body?: string
    bodyBase64?: string
  }[]
  readonly more: boolean
  readonly next: number
}

/** Shows what is kept for a user; reading moves no cursor. */
export const mailbox = async (shell: Shell, options: MailboxOptions): Promise<void> => {
  const api = apiOf(shell, options)
  const { uid, after, limit } = options
  const appcode = options.appcode ?? findLocal(shell, options).run?.appcode ?? 1
  const path = `/v1/mailboxes/${appcode}/${encodeURIComponent(uid)}?after=${after}&limit=${limit}`
  const found = mailboxIn(await api.ask(path))
  shell.stdout.write(
    options.json === true ? `${JSON.stringify(found)}\n` : report(found, shell, uid),
  )
}

const mailboxIn = (answer: unknown): Mailbox => {
  if (isMailbox(answer)) return answer
  throw new Failure('the answer is not that of a Longwire\n  → is --url that of its HTTP API?')
}

const isMailbox = (value: unknown): value is Mailbox =>
  typeof value === 'object' &&
  value !== null &&
  'messages' in value &&
  Array.isArray(value.messages)

const report = (
  { head, floor, epoch, messages, more, next }: Mailbox,
  { stdout, env }: Shell,
  uid: string,
): string => {
  const paint = paintFor(stdout, env)
  const lines = messages.map(message => {
    const { seq, msgtype, sentAt, body, bodyBase64 } = message
    const text = body === undefined ? `base64 ${bodyBase64 ?? ''}` : visible(body)
    const at = paint.dim(sentAt.replace('T', ' ').slice(0, 19))
    const terms = termsOf(message).map(term => `  ${paint.dim(term)}`)
    return `${at}  #${seq}${msgtype === 0 ? '' : ` type ${msgtype}`}  ${text}${terms.join('')}`
  })
  if (lines.length === 0) lines.push(paint.dim(`nothing is kept for ${uid}`))
  if (more) lines.push(paint.dim(`there is more: --after ${next}`))
  lines.push(paint.dim(`head ${head}, floor ${floor}, epoch ${epoch}`))
  return `${lines.join('\n')}\n`
}

/** What a message says of when it goes out, where that is not the usual. */
const termsOf = ({
  urgency = 'normal',
  mustWake = false,
  collapseKey,
}: Mailbox['messages'][number]): string[] => [
  ...(urgency === 'normal' ? [] : [urgency]),
  ...(mustWake ? ['must wake'] : []),
  ...(collapseKey === undefined ? [] : [`key ${visible(collapseKey)}`]),
]
