import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import {
  createClient,
  fileAddresses,
  fileCursors,
  type Client,
  type ClientOptions,
  type Message,
  type StateChange,
} from '@longwire/client/node'
import { Failure } from '../failure.ts'
import type { CommonOptions } from '../settings.ts'
import type { Shell } from '../shell.ts'
import { paintFor, timeOfDay, visible } from '../terminal.ts'
import { fileNameOf, findLocal, type Local } from './local.ts'

export interface ConnectOptions extends CommonOptions {
  readonly uid: string
  readonly url?: string[]
  readonly dispatcher?: string[]
  readonly transport?: 'tcp' | 'tls' | 'ws' | 'wss'
  readonly appcode?: number
  readonly device: string
  readonly token?: string
  readonly stateDir?: string
  readonly count?: number
  readonly json?: boolean
}

const TOKEN_SECONDS = 3600

/** Prints what arrives until the person leaves, the server ends it, or `count` messages are there. */
export const connect = async (shell: Shell, options: ConnectOptions): Promise<void> => {
  const local = findLocal(shell, options)
  const { uid, device, token, appcode = local.run?.appcode ?? 1 } = options
  const source = token ?? local.tokens(uid, TOKEN_SECONDS)
  const stateDir = options.stateDir ?? join(local.data, 'clients')
  mkdirSync(stateDir, { recursive: true })
  const client = createClient({
    ...whereOf(options, local, stateDir),
    appcode,
    uid,
    device,
    token: source,
    cursors: fileCursors(join(stateDir, `${fileNameOf(uid, device)}.json`)),
    agent: 'longwire-cli',
  })
  await follow(client, shell, options)
}

/** Where gates are, or who tells. */
const whereOf = (
  options: ConnectOptions,
  local: Local,
  stateDir: string,
): Pick<ClientOptions, 'urls' | 'dispatcher' | 'addresses'> => {
  const { dispatcher: urls, url, transport = 'tcp' } = options
  if (urls === undefined) return { urls: urlsOf(options, local) }
  const scheme = url?.[0] === undefined ? transport : new URL(url[0]).protocol.slice(0, -1)
  return {
    urls: url ?? [],
    dispatcher: { urls, transport: scheme },
    addresses: fileAddresses(join(stateDir, 'addresses.json')),
  }
}

const urlsOf = ({ url, transport = 'tcp' }: ConnectOptions, local: Local): string[] => {
  if (url !== undefined && url.length > 0) return url
  const isTcp = transport === 'tcp' || transport === 'tls'
  const known = [isTcp ? local.run?.tcp : local.run?.ws].filter(found => found !== undefined)
  if (known.length === 0) throw local.missing('where to connect', '--url')
  return known
}

const follow = (
  client: Client,
  shell: Shell,
  { uid, count, json }: ConnectOptions,
): Promise<void> => {
  const { stdout, stderr, interrupted } = shell
  const paint = paintFor(stderr, shell.env)
  const say = (text: string): void => void stderr.write(`${paint.dim(text)}\n`)
  return new Promise((resolve, reject) => {
    const hold = setInterval(() => {}, 0x7fff_ffff)
    const end = (failure?: Error): void => {
      clearInterval(hold)
      client.close().then(() => (failure === undefined ? resolve() : reject(failure)), reject)
    }
    let seen = 0
    client.on('message', message => {
      stdout.write(json === true ? jsonOf(message) : lineOf(message))
      if (++seen === count) setImmediate(end)
    })
    client.on('gap', ({ from, to }) =>
      say(
        `messages ${from} to ${to} are gone: they expired or were trimmed before this device read them`,
      ),
    )
    client.on('reset', () => say('the mailbox began anew: what lay between is unknown'))
    client.on('state', change => {
      // Dialling on would push the other one out, and so on for ever.
      if (change.error?.code === 'SUPERSEDED')
        end(
          new Failure(
            `another connect --uid ${uid} with this --device took over\n  → give each its own --device`,
          ),
        )
      else if (change.state !== 'closed') say(stateLine(change, uid))
    })
    // What is tried again shows in the state that follows.
    client.on('error', error => {
      if (error.action === 'stop') say(`${error.code}: ${visible(error.message)}`)
    })
    client.on('kicked', error => end(new Failure(`${error.code}: ${visible(error.message)}`)))
    interrupted.addEventListener('abort', () => end(), { once: true })
    // A stop while dialling shows as 'kicked' or 'error'; what is left are wrong options.
    client.connect({ signal: interrupted }).catch((error: unknown) => {
      if (!interrupted.aborted)
        end(new Failure(error instanceof Error ? error.message : String(error)))
    })
  })
}

const stateLine = ({ state, error, retryInMs }: StateChange, uid: string): string => {
  switch (state) {
    case 'ready':
      return `connected as ${uid}; messages appear here, Ctrl-C leaves`
    case 'waiting':
      return `disconnected${error === undefined ? '' : `: ${visible(error.message)}`}\n  next try in ${((retryInMs ?? 0) / 1000).toFixed(1)} s`
    case 'connecting':
      return 'connecting …'
    default:
      return state
  }
}

const lineOf = (message: Message): string => {
  const kind = message.msgtype === 0 ? '' : ` type ${message.msgtype}`
  return `${timeOfDay(message.sentAt === 0 ? Date.now() : message.sentAt)} #${message.seq}${kind} ${visible(message.text())}\n`
}

const jsonOf = ({ seq, msgtype, content, msgid, logid }: Message): string =>
  `${JSON.stringify({ seq, msgtype, body: new TextDecoder().decode(content), msgid, logid })}\n`
