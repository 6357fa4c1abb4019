import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createBackend } from '@longwire/client/backend'
import type { UrgencyName } from '@longwire/proto'
import { EXIT, Failure } from '../failure.ts'
import { isRunning } from '../run-file.ts'
import type { CommonOptions } from '../settings.ts'
import type { Shell } from '../shell.ts'
import { findLocal } from './local.ts'

export interface PublishOptions extends CommonOptions {
  readonly uid: string
  readonly body?: string
  readonly file?: string
  readonly appcode?: number
  readonly msgtype: number
  readonly ttl?: number
  readonly urgency?: UrgencyName
  readonly mustWake?: boolean
  readonly maxDefer?: number
  readonly collapseKey?: string
  readonly tellExpired?: boolean
  readonly allEnds?: boolean
  readonly idempotencyKey?: string
  readonly url?: string
  readonly key?: string
}

/** Hands one message in and says where it is. */
export const publish = async (shell: Shell, options: PublishOptions): Promise<void> => {
  const local = findLocal(shell, options)
  const url = options.url ?? local.run?.http
  if (url === undefined) throw local.missing('where to publish', '--url')
  if (options.url === undefined && local.run !== undefined && !(await isRunning(local.run)))
    throw local.notRunning()
  const key = options.key ?? shell.env['LONGWIRE_KEY'] ?? local.keys?.key
  if (key === undefined) throw local.missing('an API key', '--key')
  const { uid, msgtype, ttl, urgency, allEnds, appcode = local.run?.appcode ?? 1 } = options
  const { mustWake, maxDefer, collapseKey, tellExpired } = options
  const backend = createBackend({ url, key })
  try {
    const { seq, msgid, sessions } = await backend.publish({
      to: { uid, appcode, ends: allEnds === true ? 'all' : 'one' },
      msgtype,
      body: bodyOf(options),
      idempotencyKey: options.idempotencyKey ?? randomUUID(),
      ...(ttl === undefined ? {} : { ttlSeconds: ttl }),
      ...(urgency === undefined ? {} : { urgency }),
      ...(collapseKey === undefined ? {} : { collapseKey }),
      ...(mustWake === undefined ? {} : { mustWake }),
      ...(tellExpired === undefined ? {} : { tellExpired }),
      ...(maxDefer === undefined ? {} : { maxDeferSeconds: maxDefer }),
    })
    if (sessions === undefined)
      shell.stdout.write(`stored as #${seq} for ${uid} (msgid ${msgid})\n`)
    else shell.stdout.write(`handed on to ${sessions} sessions of ${uid}, not stored\n`)
  } finally {
    await backend.close()
  }
}

const bodyOf = ({ body, file }: PublishOptions): string | Uint8Array => {
  if (body !== undefined) return body
  if (file === undefined)
    throw new Failure(
      'there is nothing to publish\n  → say --body "text" or --file path (- reads standard input)',
      EXIT.usage,
    )
  try {
    return readFileSync(file === '-' ? 0 : file)
  } catch (error) {
    throw new Failure(
      `--file ${file} cannot be read: ${String(error)}\n  → name an existing file, or - for standard input`,
      EXIT.usage,
    )
  }
}
