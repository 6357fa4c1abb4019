import { LIMITS } from '@longwire/proto'
import type { Clock, Random } from './clock.ts'
import type { CursorStore } from './cursor-store.ts'
import { LongwireError } from './errors.ts'
import type { Environment } from './heartbeat/environment.ts'
import type { NetworkStore } from './heartbeat/networks.ts'
import type { ReconnectOptions } from './reconnect.ts'
import type { SyncWindow } from './sync.ts'
import type { Transport } from './transport.ts'

export interface TokenRequest {
  /** The last token was refused as expired: one from a cache is of no use. */
  readonly expired: boolean
  /** Aborts when nobody waits for the token any more. */
  readonly signal: AbortSignal
}

/** Gives a token: called for every dial, and again before the one in use ends. */
export type TokenSource = (request: TokenRequest) => string | Promise<string>

export interface ClientOptions {
  /** Gates to dial, in this order: ws:// and wss://, in Node also tcp:// and tls://. */
  readonly urls: readonly string[]
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
  /** What can be dialled, by URL scheme. @default all that this entry of the package has */
  readonly transports?: Readonly<Record<string, Transport>>
  /** Gates are asked which of them has room, and dialled as they answer rather than in the order of `urls`. @default false */
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

/** Throws BAD_FIELD with what is wrong and how it should be. */
export const checkOptions = (
  options: ClientOptions,
  transports: Readonly<Record<string, Transport>>,
): void => {
  const { urls, appcode, uid, device, token } = options
  if (!Array.isArray(urls) || urls.length === 0)
    refuse('urls must name at least one gate, such as "wss://push.example.com"')
  for (const url of urls) {
    const scheme = URL.canParse(url) ? new URL(url).protocol.slice(0, -1) : ''
    if (transports[scheme] === undefined) {
      const known = Object.keys(transports).join(', ')
      refuse(`urls: cannot dial "${url}"; this entry of the package knows the schemes ${known}`)
    }
  }
  if (!Number.isInteger(appcode) || appcode < 1 || appcode > LIMITS.appcodeMax) {
    refuse(`appcode must be a whole number from 1 to ${LIMITS.appcodeMax}, it is ${appcode}`)
  }
  checkName('uid', uid, LIMITS.uidBytes)
  checkName('device', device, LIMITS.deviceBytes)
  if (typeof token === 'string') checkName('token', token, LIMITS.tokenBytes)
}
