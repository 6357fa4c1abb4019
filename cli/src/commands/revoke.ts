import { EXIT, Failure } from '../failure.ts'
import type { Shell } from '../shell.ts'
import { paintFor, visible } from '../terminal.ts'
import { apiOf, type ApiOptions } from './api.ts'

export interface RevokeOptions extends ApiOptions {
  readonly uid?: string
  readonly system?: string
  readonly appcode?: number
  readonly before?: string
  readonly tokenId?: string
  readonly reason?: string
  readonly list?: boolean
  readonly lift?: string
  readonly json?: boolean
}

interface Revocation {
  readonly id: string
  readonly uid?: string
  readonly system?: string
  readonly appcode?: number
  readonly issuedBefore?: string
  readonly tokenId?: string
  readonly reason: string
  readonly by: string
  readonly createdAt: string
  readonly expiresAt: string
}

const PATH = '/v1/revocations'

/** Revokes tokens, lists what is revoked, or lifts one of those. */
export const revoke = async (shell: Shell, options: RevokeOptions): Promise<void> => {
  const api = apiOf(shell, options)
  const show = (answer: unknown, verb: string): void =>
    void shell.stdout.write(
      options.json === true
        ? `${JSON.stringify(answer)}\n`
        : `${verb} ${report(one(answer), shell)}\n`,
    )
  if (options.list === true) {
    const found = many(await api.ask(`${PATH}${filterOf(options)}`))
    const lines = found.map(each =>
      options.json === true ? JSON.stringify(each) : report(each, shell),
    )
    shell.stdout.write(lines.length === 0 ? 'nothing is revoked\n' : `${lines.join('\n')}\n`)
  } else if (options.lift !== undefined) {
    const path = `${PATH}/${encodeURIComponent(options.lift)}`
    show(await api.ask(path, { method: 'DELETE' }), 'lifted')
  } else show(await api.ask(PATH, { method: 'POST', body: requestOf(options) }), 'revoked')
}

const filterOf = ({ uid, tokenId }: RevokeOptions): string => {
  const query = new URLSearchParams()
  if (uid !== undefined) query.set('uid', uid)
  if (tokenId !== undefined) query.set('tokenId', tokenId)
  return query.size === 0 ? '' : `?${query.toString()}`
}

const requestOf = ({
  uid,
  system,
  appcode,
  before,
  tokenId,
  reason,
}: RevokeOptions): Record<string, unknown> => {
  if (uid === undefined && tokenId === undefined)
    throw new Failure(
      'what to revoke is not said\n  → name a user with --uid, or a token with --token-id',
      EXIT.usage,
    )
  return { uid, system, appcode, tokenId, reason, issuedBefore: before && momentOf(before) }
}

const momentOf = (text: string): string => {
  const moment = text === 'now' ? Date.now() : Date.parse(text)
  if (!Number.isNaN(moment)) return new Date(moment).toISOString()
  throw new Failure(
    `--before is "${text}", which is no moment\n  → use now, or such as 2026-01-31T12:00:00Z`,
    EXIT.usage,
  )
}

const isRevocation = (value: unknown): value is Revocation =>
  typeof value === 'object' && value !== null && 'id' in value && 'expiresAt' in value

const one = (answer: unknown): Revocation => {
  if (isRevocation(answer)) return answer
  throw new Failure('the answer is not that of a Longwire\n  → is --url that of its HTTP API?')
}

const many = (answer: unknown): readonly Revocation[] => {
  const list =
    typeof answer === 'object' && answer !== null && 'revocations' in answer
      ? answer.revocations
      : undefined
  return Array.isArray(list) ? list.map(one) : [one(answer)]
}

const report = (revocation: Revocation, { stdout, env }: Shell): string => {
  const { id, uid, system, appcode, issuedBefore, tokenId, reason, by, expiresAt } = revocation
  const paint = paintFor(stdout, env)
  const what =
    tokenId === undefined
      ? `tokens of ${visible(uid ?? '')} (${appcode === undefined ? `system ${system}` : `appcode ${appcode}`})`
      : `token ${visible(tokenId)}`
  const when = issuedBefore === undefined ? '' : ` issued before ${issuedBefore}`
  const why = reason === '' ? '' : `: ${visible(reason)}`
  return `${id}  ${what}${when}${why}  ${paint.dim(`by ${visible(by)}, until ${expiresAt}`)}`
}
