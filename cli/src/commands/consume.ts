import { createBackend } from '@longwire/client/backend'
import type { CommonOptions } from '../settings.ts'
import type { Shell } from '../shell.ts'
import { visible } from '../terminal.ts'
import { findLocal } from './local.ts'

export interface ConsumeCommandOptions extends CommonOptions {
  readonly group: string
  readonly topic: string[]
  readonly latest?: boolean
  readonly count?: number
  readonly url?: string
  readonly key?: string
  readonly json?: boolean
}

/** Takes records of topics and shows them; each is done once it is shown. */
export const consume = async (shell: Shell, options: ConsumeCommandOptions): Promise<void> => {
  const local = findLocal(shell, options)
  const url = options.url ?? local.run?.backend
  if (url === undefined) throw local.missing('where backends connect', '--url')
  const key = options.key ?? shell.env['LONGWIRE_KEY'] ?? local.keys?.key
  if (key === undefined) throw local.missing('an API key', '--key')
  const { group, topic: topics, latest, count = Infinity, json } = options
  await using backend = createBackend({ url, key })
  const from = latest === true ? 'latest' : 'earliest'
  let seen = 0
  for await (const record of backend.consume({ group, topics, from, signal: shell.interrupted })) {
    const { id, topic, partition, offset, key: of, headers, body, time, attempt } = record
    const text = Buffer.from(body).toString()
    const shown = { id, topic, partition, offset, key: of, headers, time, attempt, body: text }
    const again = attempt > 1 ? ` (try ${attempt})` : ''
    shell.stdout.write(
      json === true
        ? `${JSON.stringify(shown)}\n`
        : visible(`${topic}/${partition}/${offset}${again}  ${of}  ${text}`) + '\n',
    )
    if (++seen >= count) break
  }
}
