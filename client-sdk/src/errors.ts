import { CODES, codeAction, codeName, type Action, type CodeName } from '@longwire/proto'

/** What the SDK itself may report, beside the codes of the protocol. */
export type SdkCode =
  | 'CLOSED'
  | 'ABORTED'
  | 'TIMEOUT'
  | 'UNREACHABLE'
  | 'REFUSED'
  | 'TOKEN_FAILED'
  | 'APP_FAILED'
  | 'CURSOR_STORE'
  | 'OUTBOX_STORE'
  | 'OUTBOX_FULL'
  | 'UNVERIFIED'
  | 'UNSUPPORTED'
  | 'UNKNOWN'

/** A code of the protocol, of the SDK, or (from a backend API) of a problem+json answer. */
export type ErrorCode = CodeName | SdkCode | (string & Record<never, never>)

export interface ErrorDetails {
  /** How long the server asks to wait, in milliseconds. */
  readonly retryAfterMs?: number
  /** The server asks to spread the next try over this many milliseconds. */
  readonly spreadMs?: number
  /** What the backend calls it that refused a call, and what it answered. */
  readonly said?: string
  readonly content?: Uint8Array
  /** Gates that the server would have dialled instead. */
  readonly addresses?: readonly string[]
  readonly cause?: unknown
}

/** The one error class of the SDK. Match `code`; `action` says whether trying again can help. */
export class LongwireError extends Error {
  override readonly name = 'LongwireError'
  readonly code: ErrorCode
  /** `retry`: the SDK tries again by itself where it can; `stop`: something has to change first. */
  readonly action: Action
  readonly retryAfterMs: number | undefined
  readonly spreadMs: number | undefined
  /** Of a call that a backend refused: its own code, or HTTP status, and its answer. */
  readonly said: string | undefined
  readonly content: Uint8Array | undefined
  readonly addresses: readonly string[]

  constructor(code: ErrorCode, action: Action, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.action = action
    this.retryAfterMs = details.retryAfterMs
    this.spreadMs = details.spreadMs
    this.said = details.said
    this.content = details.content
    this.addresses = details.addresses ?? []
  }
}

/** The error for a code number, also for one that is newer than this package. */
export const errorOfCode = (
  code: number,
  detail = '',
  details: ErrorDetails = {},
): LongwireError => {
  const name = codeName(code)
  const row = name === undefined ? undefined : CODES[name]
  const what = row === undefined ? `code ${code}, newer than this SDK` : row.text
  // Servers often begin their detail with the text of the code.
  const said = detail.startsWith(what) ? detail : `${what}${detail === '' ? '' : ` (${detail})`}`
  const message = row === undefined ? said : `${said}; ${row.remedy}`
  return new LongwireError(name ?? 'UNKNOWN', codeAction(code), message, details)
}

/** Whatever was thrown, as an error to show. */
export const textOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message : String(thrown)

/** What kept a dial from being made. */
export const dialError = (thrown: unknown): LongwireError =>
  thrown instanceof LongwireError
    ? thrown
    : new LongwireError('UNREACHABLE', 'retry', `the dial failed: ${textOf(thrown)}`, {
        cause: thrown,
      })

export const aborted = (cause: unknown): LongwireError =>
  new LongwireError('ABORTED', 'stop', 'the client was called off by its signal', { cause })

/** Who has dialled beside its session may have superseded itself: that dial logged in, and was lost. */
export const ownDoing = (error: LongwireError): LongwireError =>
  error.code === 'SUPERSEDED' ? new LongwireError(error.code, 'retry', error.message) : error

/** The gate does not want the client: where there are others is to be asked. */
export const isSentAway = ({ code }: LongwireError): boolean =>
  code === 'DRAINING' || code === 'MOVED'
