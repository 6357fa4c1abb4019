import { createPresence, type OnlineUser } from '@longwire/client/backend'
import type { CommonOptions } from '../settings.ts'
import type { Shell } from '../shell.ts'
import { paintFor, visible } from '../terminal.ts'
import { findLocal } from './local.ts'

export interface OnlineOptions extends CommonOptions {
  readonly appcode?: number
  readonly url?: string
  readonly key?: string
  readonly json?: boolean
}

/** Shows who is online, and where. */
export const online = async (
  shell: Shell,
  uids: readonly string[],
  options: OnlineOptions,
): Promise<void> => {
  const local = findLocal(shell, options)
  const url = options.url ?? local.run?.http
  if (url === undefined) throw local.missing('which server to ask', '--url')
  const key = options.key ?? shell.env['LONGWIRE_KEY'] ?? local.keys?.key
  if (key === undefined) throw local.missing('an API key', '--key')
  const { appcode } = options
  const users = await createPresence({ url, key }).online(
    uids,
    appcode === undefined ? {} : { appcode },
  )
  const lines = users.map(user =>
    options.json === true ? JSON.stringify(user) : report(user, shell),
  )
  shell.stdout.write(`${lines.join('\n')}\n`)
}

const report = ({ uid, ends }: OnlineUser, { stdout, env }: Shell): string => {
  const paint = paintFor(stdout, env)
  if (ends.length === 0) return `${visible(uid)}  ${paint.dim('offline')}`
  const where = ends.map(
    ({ appcode, device, gate }) => `${visible(device)} on appcode ${appcode} at ${gate}`,
  )
  return `${visible(uid)}  online: ${where.join(', ')}`
}
