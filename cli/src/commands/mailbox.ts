import { Failure } from '../failure.ts'
import type { CommonOptions } from '../settings.ts'
import type { Shell } from '../shell.ts'
import { paintFor, visible } from '../terminal.ts'
import { findLocal } from './local.ts'

export interface MailboxOptions extends CommonOptions {
  readonly uid: string
  readonly appcode?: number
  readonly after: number
  readonly limit: number
  readonly url?: string
  readonly key?: string
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
    body?: string
    bodyBase64?: string
  }[]
  readonly more: boolean
  readonly next: number
}

/** Shows what is kept for a user; reading moves no cursor. */
export const mailbox = async (shell: Shell, options: MailboxOptions): Promise<void> => {
  const local = findLocal(shell, options)
  const base = options.url ?? local.run?.http
  if (base === undefined) throw local.missing('which server to ask', '--url')
  const key = options.key ?? shell.env['LONGWIRE_KEY'] ?? local.keys?.key
  if (key === undefined) throw local.missing('an API key', '--key')
  const { uid, after, limit, appcode = local.run?.appcode ?? 1 } = options
  const url = new URL(
    `/v1/mailboxes/${appcode}/${encodeURIComponent(uid)}?after=${after}&limit=${limit}`,
    base,
  )
  const found = await ask(url, key)
  shell.stdout.write(
    options.json === true ? `${JSON.stringify(found)}\n` : report(found, shell, uid),
  )
}

const ask = async (url: URL, key: string): Promise<Mailbox> => {
  let response: Response
  try {
    response = await fetch(url, {
      headers: { authorization: `Bearer ${key}` },
      signal: AbortSignal.timeout(10_000),
    })
  } catch (error) {
    const reason =
      error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error)
    throw new Failure(
      `${url.origin} does not answer: ${reason}\n  → is it running? start it with npm start`,
    )
  }
  const answer: unknown = await response.json()
  if (response.ok && isMailbox(answer)) return answer
  throw new Failure(`${url.origin} answered ${response.status}: ${problemOf(answer)}`)
}

const isMailbox = (value: unknown): value is Mailbox =>
  typeof value === 'object' &&
  value !== null &&
  'messages' in value &&
  Array.isArray(value.messages)

const problemOf = (value: unknown): string => {
  if (typeof value !== 'object' || value === null || !('code' in value))
    return JSON.stringify(value)
  return `${String(value.code)}${'detail' in value ? `: ${String(value.detail)}` : ''}`
}

const report = (
  { head, floor, epoch, messages, more, next }: Mailbox,
  { stdout, env }: Shell,
  uid: string,
): string => {
  const paint = paintFor(stdout, env)
  const lines = messages.map(({ seq, msgtype, sentAt, body, bodyBase64 }) => {
    const text = body === undefined ? `base64 ${bodyBase64 ?? ''}` : visible(body)
    return `${paint.dim(sentAt.replace('T', ' ').slice(0, 19))}  #${seq}${msgtype === 0 ? '' : ` type ${msgtype}`}  ${text}`
  })
  if (lines.length === 0) lines.push(paint.dim(`nothing is kept for ${uid}`))
  if (more) lines.push(paint.dim(`there is more: --after ${next}`))
  lines.push(paint.dim(`head ${head}, floor ${floor}, epoch ${epoch}`))
  return `${lines.join('\n')}\n`
}
