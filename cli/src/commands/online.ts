import {
  createPresence,
  type LiveGate,
  type OnlineUser,
  type Presence,
  type PresenceEvent,
} from '@longwire/client/backend'
import type { CommonOptions } from '../settings.ts'
import type { Shell } from '../shell.ts'
import { paintFor, visible } from '../terminal.ts'
import { findLocal } from './local.ts'

interface AskOptions extends CommonOptions {
  readonly url?: string
  readonly key?: string
  readonly json?: boolean
}

export interface OnlineOptions extends AskOptions {
  readonly appcode?: number
}

export interface EventsOptions extends AskOptions {
  readonly after?: number
  readonly count?: number
}

/** Shows who is online, and where. */
export const online = async (
  shell: Shell,
  uids: readonly string[],
  options: OnlineOptions,
): Promise<void> => {
  const { appcode } = options
  const users = await presenceOf(shell, options).online(
    uids,
    appcode === undefined ? {} : { appcode },
  )
  const lines = users.map(user =>
    options.json === true ? JSON.stringify(user) : report(user, shell),
  )
  shell.stdout.write(`${lines.join('\n')}\n`)
}

/** Shows the gates that live, the least loaded first. */
export const gates = async (shell: Shell, options: AskOptions): Promise<void> => {
  const found = await presenceOf(shell, options).gates()
  if (options.json === true) {
    for (const gate of found) shell.stdout.write(`${JSON.stringify(gate)}\n`)
    return
  }
  const sorted = [...found].sort((a, b) => fill(a) - fill(b))
  const rows = [['gate', 'load', 'sessions', 'since', 'addresses'], ...sorted.map(rowOf)]
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)))
  for (const row of rows) {
    const cells = row.map((cell, column) => cell.padEnd(widths[column]!))
    shell.stdout.write(`${cells.join('  ').trimEnd()}\n`)
  }
}

const fill = ({ connections = 0, capacity = Infinity }: LiveGate): number => connections / capacity

const rowOf = (gate: LiveGate): string[] => {
  const { id, address, listed, sessions = '?', since = '?', connections, capacity } = gate
  const load =
    connections === undefined || capacity === undefined
      ? '?'
      : `${((100 * connections) / capacity).toFixed(1)} % of ${capacity}`
  const urls = (gate.addresses ?? []).map(({ url, net }) =>
    net === undefined ? url : `${url} (${net})`,
  )
  const where = urls.length === 0 ? address : urls.join(' ')
  const state = listed ? '' : ' (leaves, or is not in the registry)'
  return [id, load, String(sessions), since, `${where}${state}`]
}

/** Prints who comes online and goes offline, until it is interrupted. */
export const events = async (shell: Shell, options: EventsOptions): Promise<void> => {
  const { after, count = Infinity } = options
  const signal = shell.interrupted
  let left = count
  const from = after === undefined ? {} : { after }
  for await (const event of presenceOf(shell, options).events({ ...from, signal })) {
    shell.stdout.write(`${options.json === true ? JSON.stringify(event) : lineOf(event)}\n`)
    if (--left <= 0) return
  }
}

const presenceOf = (shell: Shell, options: AskOptions): Presence => {
  const local = findLocal(shell, options)
  const url = options.url ?? local.run?.http
  if (url === undefined) throw local.missing('which server to ask', '--url')
  const key = options.key ?? shell.env['LONGWIRE_KEY'] ?? local.keys?.key
  if (key === undefined) throw local.missing('an API key', '--key')
  return createPresence({ url, key })
}

const lineOf = (event: PresenceEvent): string => {
  switch (event.kind) {
    case 'gap':
      return `#${event.from} to #${event.seq} were removed before they were read`
    case 'reset':
      return 'the store is a new one: reading begins anew'
    case 'gate_up':
    case 'gate_down':
      return `#${event.seq}  ${event.at}  ${event.kind} ${event.gate} (${event.reason})`
    case 'expired': {
      const { seq, at, kind, uid, msgid, reason, ends, readBy } = event
      return `#${seq}  ${at}  ${kind} ${msgid} of ${visible(uid)}: ${reason}, read by ${readBy} of ${ends}`
    }
    default: {
      const { seq, at, kind, uid, device, appcode, gate, reason } = event
      const end = `${visible(uid)} with ${visible(device)} on appcode ${appcode}`
      return `#${seq}  ${at}  ${kind} ${end} at ${gate} (${reason})`
    }
  }
}

const report = ({ uid, ends }: OnlineUser, { stdout, env }: Shell): string => {
  const paint = paintFor(stdout, env)
  if (ends.length === 0) return `${visible(uid)}  ${paint.dim('offline')}`
  const where = ends.map(
    ({ appcode, device, gate, since }) =>
      `${visible(device)} on appcode ${appcode} at ${gate} since ${since}`,
  )
  return `${visible(uid)}  online: ${where.join(', ')}`
}
