import { resolve } from 'node:path'
import type { RunningAll } from './compose/all.ts'
import type { Config } from './config.ts'
import type { Paint } from './terminal.ts'

interface Welcome {
  readonly running: RunningAll
  readonly config: Config
  readonly appcode: number
  readonly paint: Paint
}

/** What a person sees who has just started it: where it is, and what to do next. */
export const welcome = ({ running, config, appcode, paint }: Welcome): string => {
  const { tcp, ws, http, backend } = running.addresses
  const rows: [string, string | undefined][] = [
    ['clients, TCP', tcp],
    ['clients, WebSocket', ws],
    ['backends, HTTP', http],
    ['backends, link', backend],
    ['data', resolve(config.data)],
  ]
  const lines = ['', `  ${paint.green('●')} ${paint.bold('Longwire is ready')}`, '']
  for (const [name, value] of rows)
    if (value !== undefined) lines.push(`  ${paint.dim(name.padEnd(20))}${value}`)
  if (running.dev !== undefined)
    lines.push(...trial(running, { config, appcode, paint, key: running.dev.key }))
  lines.push('', `  ${paint.dim('Ctrl-C lets the clients go and stops.')}`, '', '')
  return lines.join('\n')
}

interface Trial {
  readonly config: Config
  readonly appcode: number
  readonly paint: Paint
  readonly key: string
}

const trial = ({ addresses }: RunningAll, { config, appcode, paint, key }: Trial): string[] => {
  const body = JSON.stringify({ to: { uid: 'alice', appcode }, body: 'hello alice' })
  const data = resolve(config.data) === resolve('./data') ? '' : ` --data ${quoted(config.data)}`
  return [
    `  ${paint.dim('development key'.padEnd(20))}${key}`,
    '',
    `  ${paint.bold('Try it:')} paste these into other terminals, here in ${process.cwd()}`,
    '',
    `npx longwire connect --uid alice${data}`,
    `curl ${addresses.http ?? ''}/v1/messages -H 'Authorization: Bearer ${key}' -H 'Content-Type: application/json' -d '${body}'`,
    `npx longwire mailbox --uid alice${data}`,
    '',
    `  or open ${paint.bold(`${addresses.http ?? ''}/`)} in a browser.`,
  ]
}

const quoted = (text: string): string =>
  /^[\w./@:-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
