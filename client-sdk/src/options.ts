import { LIMITS } from '@longwire/proto'
import type { Resolve } from './addresses/book.ts'
import type { DispatcherOptions } from './addresses/dispatcher.ts'
import type { AddressStore } from './addresses/records.ts'
import type { Clock, Random } from './clock.ts'
import type { CursorStore } from './cursor-store.ts'
import { LongwireError } from './errors.ts'
import type { Environment } from './heartbeat/environment.ts'
import type { NetworkStore } from './heartbeat/networks.ts'
import type { OutboxStore } from './outbox-store.ts'
import type { ReconnectOptions } from './reconnect.ts'
import type { SyncWindow } from './sync.ts'
import type { Transport } from './transport.ts'
import type { OutboxLimits } from './uplink/outgoing.ts'

export interface TokenRequest {
  /** The last token was refused as expired: one from a cache is of no use. */
  readonly expired: boolean
  /** Aborts when nobody waits for the token any more. */
  readonly signal: AbortSignal
}

/** Gives a token: called for every dial, and again before the one in use ends. */
export type TokenSource = (request: TokenRequest) => string | Promise<string>

export interface ClientOptions {
  /**
   * Gates to dial, in this order: ws:// and wss://, in Node also tcp:// and tls://. With a `dispatcher` it is asked
   * instead, and these are for when it does not answer. May be left out where there are `dispatcher` or `gates`.
   */
  readonly urls?: readonly string[]
  /** Tells where gates are: see docs/finding-a-gate.md. */
  readonly dispatcher?: DispatcherOptions
  /** Gates by IP, embedded in the app, for when neither dispatcher nor DNS answers: `tls://203.0.113.7:7001#gate.example.com`. */
  readonly gates?: readonly string[]
  /** Where addresses are kept, so that a restarted app need not ask. @default memory */
  readonly addresses?: AddressStore
  /** The addresses of a host name. @default that of the system in Node; browsers resolve by themselves */
  readonly resolve?: Resolve
  /** How dispatchers are asked. @default the global one */
  readonly fetch?: typeof fetch
  /** The end platform this app is: 1–65535. */
  readonly appcode: number
  /** Whose mailbox: 1–64 bytes. */
  readonly uid: string
  /** Names this installation; stable over restarts: 1–64 bytes. */
  readonly device: string
  /** Where it is a function, tokens are renewed without a disconnect; a text lasts as long as it lasts. */
  readonly token: string | TokenSource
  /** Where the cursor lives. @default memoryCursors(): after a restart the mailbox is read again. */
  readonly cursors?: CursorStore
  /** Where messages wait until the server has them. @default memoryOutbox(): what was not sent is lost with the process. */
  readonly outbox?: OutboxStore
  /** How much may wait there. @default 1,000 messages, 4 MiB */
  readonly outboxLimits?: OutboxLimits
  /** What can be dialled, by URL scheme. @default all that this entry of the package has */
  readonly transports?: Readonly<Record<string, Transport>>
  /** Gates are asked which of them has room, and dialled as they answer. @default true with a `dispatcher`; `urls` alone are dialled in their order */
  readonly probes?: boolean
  readonly reconnect?: ReconnectOptions
  /** What the device knows: its network, whether a person looks. @default that of a browser, or of a server in Node */
  readonly environment?: Environment
  /** Where it is kept how long networks leave a connection idle. @default memory: learned anew after a restart */
  readonly networks?: NetworkStore
  /** From the start of a dial to LOGIN_ACK. @default 10_000 */
  readonly dialTimeoutMs?: number
  /** How much may wait for the app before nothing more is pulled. @default 256 messages, 1 MiB */
  readonly window?: SyncWindow
  /** Closes the client when it aborts. */
  readonly signal?: AbortSignal
  /** Name and version of the app, for the server's logs. */
  readonly agent?: string
  readonly clock?: Clock
  readonly random?: Random
}

const bytesIn = (text: string): number => new TextEncoder().encode(text).length

const refuse = (text: string): never => {
  throw new LongwireError('BAD_FIELD', 'stop', `createClient: ${text}`)
}

const checkName = (name: string, value: string, maxBytes: number): void => {
  const bytes = typeof value === 'string' ? bytesIn(value) : 0
  if (bytes === 0 || bytes > maxBytes)
    refuse(`${name} must have 1 to ${maxBytes} bytes, it has ${bytes}`)
}

const AGENT = 'longwire-js/0.1.0'

/** What the client is called, with the app in front. */
export const agentOf = ({ agent }: ClientOptions): string =>
  agent === undefined ? AGENT : `${agent} ${AGENT}`

/** What a dispatcher is asked for. */
export const transportOf = ({ dispatcher, urls = [], gates = [] }: ClientOptions): string => {
  const [first] = [...urls, ...gates]
  return (
    dispatcher?.transport ?? (first === undefined ? 'wss' : new URL(first).protocol.slice(0, -1))
  )
}

const checkAddresses = (
  options: ClientOptions,
  transports: Readonly<Record<string, Transport>>,
): void => {
  const { urls = [], gates = [], dispatcher } = options
  const known = Object.keys(transports).join(', ')
  const knows = `this entry of the package knows the schemes ${known}`
  if (!Array.isArray(urls) || (urls.length + gates.length === 0 && dispatcher === undefined))
    refuse('urls must name at least one gate, such as "wss://push.example.com"')
  for (const [name, list] of [
    ['urls', urls],
    ['gates', gates],
  ] as const)
    for (const url of list) {
      const scheme = URL.canParse(url) ? new URL(url).protocol.slice(0, -1) : ''
      if (transports[scheme] === undefined) refuse(`${name}: cannot dial "${url}"; ${knows}`)
    }
  if (dispatcher === undefined) return
  const { fallbackIps = [] } = dispatcher
  if (!Array.isArray(dispatcher.urls) || dispatcher.urls.length + fallbackIps.length === 0)
    refuse('dispatcher.urls must name at least one, such as "https://gates.example.com"')
  for (const url of [...dispatcher.urls, ...fallbackIps])
    if (!/^https?:$/.test(URL.canParse(url) ? new URL(url).protocol : ''))
      refuse(`dispatcher: cannot ask "${url}"; write it like https://203.0.113.5`)
  const transport = transportOf(options)
  if (transports[transport] === undefined)
    refuse(`dispatcher.transport: cannot dial ${transport}; ${knows}`)
}

/** Throws BAD_FIELD with what is wrong and how it should be. */
export const checkOptions = (
  options: ClientOptions,
  transports: Readonly<Record<string, Transport>>,
): void => {
  const { appcode, uid, device, token } = options
  checkAddresses(options, transports)
  if (!Number.isInteger(appcode) || appcode < 1 || appcode > LIMITS.appcodeMax) {
    refuse(`appcode must be a whole number from 1 to ${LIMITS.appcodeMax}, it is ${appcode}`)
  }
  checkName('uid', uid, LIMITS.uidBytes)
  checkName('device', device, LIMITS.deviceBytes)
  if (typeof token === 'string') checkName('token', token, LIMITS.tokenBytes)
}
