import { BusUnavailable, GroupBusy, UnknownTopic } from '../bus/bus.ts'
import { CollapseKeysExceeded, IdempotencyConflict } from '../log/log.ts'
import { NotNow } from '../operations/commands.ts'
import { GateTaken, OtherRequest } from '../operations/store.ts'
import { RoutesUnavailable } from '../routes/route-table.ts'
import { TableUnavailable } from '../store/table.ts'

interface ProblemRow {
  readonly status: number
  readonly title: string
  /** What to do, for the developer who reads the answer. */
  readonly remedy: string
  /** Set where trying again makes sense: after how long. */
  readonly retryAfterMs?: number
}

/** Every way a request can fail, one row each: over HTTP and over the backend connection. */
export const PROBLEMS = {
  BAD_REQUEST: { status: 400, title: 'the request is malformed', remedy: 'see the detail' },
  BAD_JSON: { status: 400, title: 'the body is not JSON', remedy: 'send UTF-8 JSON' },
  UNAUTHORIZED: {
    status: 401,
    title: 'no valid API key',
    remedy: 'send "Authorization: Bearer <key>" with a key of the configuration',
  },
  FORBIDDEN: {
    status: 403,
    title: 'this key may not do that',
    remedy: 'use a key whose business owns the appcode',
  },
  DISABLED: {
    status: 403,
    title: 'this business is switched off',
    remedy: 'ask the operator: "enabled" of the business is false',
  },
  NOT_FOUND: {
    status: 404,
    title: 'there is nothing here',
    remedy: 'see /openapi.json for what there is',
  },
  UNKNOWN_APPCODE: {
    status: 404,
    title: 'the appcode is not configured',
    remedy: 'add it under "apps" in the configuration',
  },
  UNKNOWN_NAMESPACE: {
    status: 404,
    title: 'there is no such namespace of topics',
    remedy: 'add it under "topics.namespaces", or PUT /v1/topics/namespaces/{name}',
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    title: 'this resource does not know that method',
    remedy: 'see the Allow header',
  },
  IDEMPOTENCY_CONFLICT: {
    status: 409,
    title: 'the idempotency key was used for another message',
    remedy: 'use a new key for a new message',
  },
  GATE_TAKEN: {
    status: 409,
    title: 'another operation has one of these gates',
    remedy: 'wait until it is over, or abort it',
  },
  NOT_NOW: {
    status: 409,
    title: 'that makes no sense as things are',
    remedy: 'see the detail, and look at the operation',
  },
  NO_PRESENCE: {
    status: 409,
    title: 'it is not told who has topics of this namespace',
    remedy: 'set "presence" of the namespace',
  },
  COLLAPSE_KEYS: {
    status: 409,
    title: 'too many collapse keys wait for this user',
    remedy: 'use a key again, or send without one',
  },
  GROUP_BUSY: {
    status: 409,
    title: 'the group has consumers',
    remedy: 'stop them, wait some seconds, then send it again',
  },
  BODY_TOO_LARGE: { status: 413, title: 'the body is too large', remedy: 'send less at once' },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    title: 'the body is not of a known type',
    remedy: 'send "Content-Type: application/json"',
  },
  INVALID: {
    status: 422,
    title: 'a field has a value that is not allowed',
    remedy: 'see "errors": it names each field',
  },
  BUSY: {
    status: 429,
    title: 'the node is at its limit',
    remedy: 'send again after Retry-After',
    retryAfterMs: 1_000,
  },
  RATE_LIMITED: {
    status: 429,
    title: 'this business sends faster than it may',
    remedy: 'send again after Retry-After',
    retryAfterMs: 1_000,
  },
  TOO_MANY_REQUESTS: {
    status: 429,
    title: 'this address asks more often than it may',
    remedy: 'ask again after Retry-After, and keep what was answered',
    retryAfterMs: 1_000,
  },
  INTERNAL: {
    status: 500,
    title: 'the server failed',
    remedy: 'send again; report it if it stays',
  },
  UNAVAILABLE: {
    status: 503,
    title: 'the store or the route table does not answer',
    remedy: 'send again after Retry-After',
    retryAfterMs: 2_000,
  },
  NOT_READY: {
    status: 503,
    title: 'this node cannot serve now',
    remedy: 'see "causes"',
    retryAfterMs: 1_000,
  },
  DRAINING: {
    status: 503,
    title: 'this node is going down',
    remedy: 'send again after Retry-After, to another node',
    retryAfterMs: 1_000,
  },
} as const satisfies Record<string, ProblemRow>

export type ProblemCode = keyof typeof PROBLEMS

/** One field that is wrong, and how to make it right. */
export interface FieldError {
  readonly field: string
  readonly problem: string
  readonly remedy: string
}

/** An expected failure: told to the caller as it is. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly code: ProblemCode
  readonly errors: readonly FieldError[]
  /** Milliseconds; 0 where trying again does not help. */
  readonly retryAfterMs: number

  constructor(
    code: ProblemCode,
    detail?: string,
    errors: readonly FieldError[] = [],
    retryAfterMs?: number,
  ) {
    super(detail ?? PROBLEMS[code].remedy)
    const row: ProblemRow = PROBLEMS[code]
    this.code = code
    this.errors = errors
    this.retryAfterMs = retryAfterMs ?? row.retryAfterMs ?? 0
  }

  get status(): number {
    return PROBLEMS[this.code].status
  }
}

export const invalid = (field: string, problem: string, remedy: string): Problem =>
  new Problem('INVALID', `${field} ${problem}`, [{ field, problem, remedy }])

/** What the caller is told about any failure; INTERNAL for what nobody expected. */
export const problemOf = (error: unknown): Problem => {
  if (error instanceof Problem) return error
  if (error instanceof IdempotencyConflict) return new Problem('IDEMPOTENCY_CONFLICT')
  if (error instanceof CollapseKeysExceeded) return new Problem('COLLAPSE_KEYS', error.message)
  if (error instanceof GateTaken) return new Problem('GATE_TAKEN', error.message)
  if (error instanceof NotNow) return new Problem('NOT_NOW', error.message)
  if (error instanceof OtherRequest)
    return new Problem('IDEMPOTENCY_CONFLICT', 'the idempotency key was used for another operation')
  if (error instanceof GroupBusy) return new Problem('GROUP_BUSY', error.message)
  if (error instanceof UnknownTopic) return new Problem('NOT_FOUND', error.message)
  if (error instanceof BusUnavailable) return new Problem('UNAVAILABLE', error.message)
  if (error instanceof TableUnavailable)
    return new Problem('UNAVAILABLE', 'the store does not answer; nothing was promised')
  if (error instanceof RoutesUnavailable)
    return new Problem('UNAVAILABLE', 'the route table does not answer')
  return new Problem('INTERNAL')
}

export interface ProblemBody {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: ProblemCode
  readonly errors?: readonly FieldError[]
}

/** As in RFC 9457. */
export const problemBody = (problem: Problem): ProblemBody => ({
  type: `urn:longwire:problem:${problem.code}`,
  title: PROBLEMS[problem.code].title,
  status: problem.status,
  detail: problem.message,
  code: problem.code,
  ...(problem.errors.length === 0 ? {} : { errors: problem.errors }),
})
