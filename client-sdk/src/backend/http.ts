import { fullJitter, systemClock, systemRandom, type Clock, type Random } from '../clock.ts'
import { LongwireError, textOf } from '../errors.ts'
import {
  aborted,
  checkPublish,
  keySource,
  timedOut,
  type Backend,
  type BackendOptions,
  type Publish,
  type Published,
  type PublishResult,
} from './publish.ts'

const RETRY_BASE_MS = 200
const RETRY_MAX_MS = 5_000
/** A batch stays well below the 1 MiB and 1,000 messages that the API takes. */
const BATCH_MESSAGES = 500
const BATCH_BYTES = 512 * 1024
const BATCHES_AT_ONCE = 4

/** A message on its way, as JSON. */
interface Draft {
  readonly json: string
  readonly key: string
  readonly index: number
  readonly signal: AbortSignal | undefined
}

interface Attempt {
  readonly path: string
  readonly headers: Record<string, string>
  readonly body: string
}

/** Ends a publish: by its signal, its deadline or the backend's close. */
interface Budget {
  readonly signal: AbortSignal
  /** What the last try failed with. */
  last: LongwireError | undefined
  /** Why the publish with this key is over, once it is. */
  readonly error: (key: string) => LongwireError | undefined
  readonly release: () => void
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

const publishedOf = (value: unknown): Published => {
  if (isObject(value) && typeof value['msgid'] === 'string' && typeof value['seq'] === 'number') {
    const { msgid, seq, logid, sessions } = value
    return {
      msgid,
      seq,
      logid: typeof logid === 'string' ? logid : '',
      ...(typeof sessions === 'number' ? { sessions } : {}),
    }
  }
  throw new LongwireError(
    'UNKNOWN',
    'stop',
    'the answer has no msgid and seq: is this the address of a Longwire API?',
  )
}

/** `status` decides whether trying again can help: a key makes every publish safe to repeat. */
export const problemOf = (status: number, value: unknown, retryAfterMs?: number): LongwireError => {
  const problem = isObject(value) ? value : {}
  const code = typeof problem['code'] === 'string' ? problem['code'] : `HTTP_${status}`
  const { detail = problem['title'] } = problem
  const reason = typeof detail === 'string' ? detail : 'the server gave no reason'
  const retry = status === 429 || status >= 500
  const details = retryAfterMs === undefined ? {} : { retryAfterMs }
  return new LongwireError(code, retry ? 'retry' : 'stop', `${status} ${code}: ${reason}`, details)
}

export const retryAfterOf = (response: Response): number | undefined => {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined
}

class HttpBackend implements Backend {
  readonly #url: string
  readonly #authorization: string
  readonly #timeoutMs: number
  readonly #clock: Clock
  readonly #random: Random
  readonly #newKey: () => string = keySource()
  /** Ends what is under way, as `close` does. */
  readonly #underWay = new Set<() => void>()
  #closed = false

  constructor(options: BackendOptions) {
    this.#url = options.url.replace(/\/+$/, '')
    this.#authorization = `Bearer ${options.key}`
    this.#timeoutMs = options.timeoutMs ?? 10_000
    this.#clock = options.clock ?? systemClock
    this.#random = options.random ?? systemRandom
  }

  async publish(message: Publish): Promise<Published> {
    const { key, json, signal } = this.#draft(message, 0)
    const attempt = { path: '/v1/messages', headers: { 'idempotency-key': key }, body: json }
    const budget = this.#budget(signal)
    try {
      for (let tries = 1; ; tries++) {
        try {
          return publishedOf(await this.#post(attempt, budget))
        } catch (thrown) {
          await this.#beforeRetry(thrown, tries, budget, key)
        }
      }
    } finally {
      budget.release()
    }
  }

  async publishMany(messages: readonly Publish[]): Promise<PublishResult[]> {
    const results: PublishResult[] = []
    const drafts: Draft[] = []
    messages.forEach((message, index) => {
      try {
        drafts.push(this.#draft(message, index, true))
      } catch (thrown) {
        results[index] = { ok: false, error: asError(thrown) }
      }
    })
    const batches = batchesOf(drafts)
    const work = async (): Promise<void> => {
      for (let batch = batches.shift(); batch !== undefined; batch = batches.shift())
        await this.#publishBatch(batch, results)
    }
    await Promise.all(Array.from({ length: BATCHES_AT_ONCE }, work))
    return results
  }

  consume(): never {
    throw new LongwireError(
      'UNSUPPORTED',
      'stop',
      'consume needs the backend connection: createBackend with a tcp:// or tls:// URL',
    )
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const end of this.#underWay) end()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #draft(message: Publish, index: number, inBatch = false): Draft {
    checkPublish(message)
    const { to, msgtype, body, signal } = message
    const { ttlSeconds, urgency, mustWake, maxDeferSeconds, collapseKey, tellExpired } = message
    const key = message.idempotencyKey ?? this.#newKey()
    const json = JSON.stringify({
      to: { uid: to.uid, appcode: to.appcode, ends: to.ends ?? 'one' },
      msgtype,
      ...(typeof body === 'string'
        ? { body }
        : { bodyBase64: Buffer.from(body).toString('base64') }),
      ttlSeconds,
      urgency,
      mustWake,
      maxDeferSeconds,
      collapseKey,
      tellExpired,
      ...(inBatch ? { idempotencyKey: key } : {}),
    })
    return { json, key, index, signal }
  }

  async #publishBatch(batch: readonly Draft[], results: PublishResult[]): Promise<void> {
    const budget = this.#budget(undefined)
    let left = batch
    try {
      for (let tries = 1; left.length > 0; tries++) {
        left = this.#callOff(left, results)
        if (left.length > 0) left = await this.#tryBatch(left, results, { tries, budget })
      }
    } catch (thrown) {
      for (const { index, key } of left) {
        results[index] = { ok: false, error: budget.error(key) ?? asError(thrown) }
      }
    } finally {
      budget.release()
    }
  }

  /** Sends the batch once; returns what has to be sent again, after waiting for the right time. */
  async #tryBatch(
    batch: readonly Draft[],
    results: PublishResult[],
    { tries, budget }: { readonly tries: number; readonly budget: Budget },
  ): Promise<readonly Draft[]> {
    const body = `{"messages":[${batch.map(({ json }) => json).join(',')}]}`
    let again = batch
    let failure: unknown
    try {
      const answer = await this.#post({ path: '/v1/messages/batch', headers: {}, body }, budget)
      const answers =
        isObject(answer) && Array.isArray(answer['results']) ? (answer['results'] as unknown[]) : []
      again = batch.filter((draft, at) => {
        const error = settle(draft, answers[at], results)
        failure = error ?? failure
        return error !== undefined
      })
    } catch (thrown) {
      failure = thrown
    }
    if (again.length > 0) await this.#beforeRetry(failure, tries, budget, again[0]!.key)
    return again
  }

  #callOff(batch: readonly Draft[], results: PublishResult[]): readonly Draft[] {
    return batch.filter(({ signal, index }) => {
      if (!signal?.aborted) return true
      results[index] = { ok: false, error: aborted(signal) }
      return false
    })
  }

  async #post({ path, headers, body }: Attempt, budget: Budget): Promise<unknown> {
    const response = await fetch(this.#url + path, {
      method: 'POST',
      headers: {
        authorization: this.#authorization,
        'content-type': 'application/json',
        ...headers,
      },
      body,
      signal: budget.signal,
    })
    const answer: unknown = await response.json().catch(() => undefined)
    if (budget.signal.aborted) throw budget.signal.reason
    if (!response.ok) throw problemOf(response.status, answer, retryAfterOf(response))
    return answer
  }

  /** Waits until the next try is due, or throws why there is none. */
  async #beforeRetry(thrown: unknown, tries: number, budget: Budget, key: string): Promise<void> {
    const ended = budget.error(key)
    if (ended !== undefined) throw ended
    const error = thrown instanceof LongwireError ? thrown : unreachable(this.#url, thrown)
    if (error.action === 'stop') throw error
    budget.last = error
    // Never before the time the server asked for, and spread behind it.
    const delayMs =
      (error.retryAfterMs ?? 0) + fullJitter(this.#random, tries, RETRY_BASE_MS, RETRY_MAX_MS)
    await this.#wait(delayMs, budget.signal)
    const late = budget.error(key)
    if (late !== undefined) throw late
  }

  #wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      const done = (): void => {
        timer.cancel()
        signal.removeEventListener('abort', done)
        resolve()
      }
      const timer = this.#clock.after(ms, done)
      signal.addEventListener('abort', done)
    })
  }

  #budget(signal: AbortSignal | undefined): Budget {
    const controller = new AbortController()
    let error: LongwireError | 'timeout' | undefined
    const end = (why: LongwireError | 'timeout'): void => {
      error ??= why
      controller.abort()
    }
    const onAbort = (): void => end(aborted(signal!))
    const onClose = (): void => end(new LongwireError('CLOSED', 'stop', 'the backend was closed'))
    const timer = this.#clock.after(this.#timeoutMs, () => end('timeout'))
    signal?.addEventListener('abort', onAbort)
    this.#underWay.add(onClose)
    if (this.#closed) onClose()
    const budget: Budget = {
      signal: controller.signal,
      last: undefined,
      error: key => (error === 'timeout' ? timedOut(this.#timeoutMs, key, budget.last) : error),
      release: () => {
        timer.cancel()
        signal?.removeEventListener('abort', onAbort)
        this.#underWay.delete(onClose)
      },
    }
    return budget
  }
}

/** Notes the answer to one message of a batch; returns the error where it should be sent again. */
const settle = (
  draft: Draft,
  answer: unknown,
  results: PublishResult[],
): LongwireError | undefined => {
  const problem = isObject(answer) ? answer['error'] : undefined
  if (problem === undefined) {
    results[draft.index] = { ok: true, ...publishedOf(answer) }
    return undefined
  }
  const status =
    isObject(problem) && typeof problem['status'] === 'number' ? problem['status'] : 500
  const error = problemOf(status, problem)
  results[draft.index] = { ok: false, error }
  return error.action === 'retry' ? error : undefined
}

const batchesOf = (drafts: readonly Draft[]): Draft[][] => {
  const batches: Draft[][] = []
  let bytes = BATCH_BYTES
  for (const draft of drafts) {
    const size = Buffer.byteLength(draft.json)
    if (bytes + size > BATCH_BYTES || batches.at(-1)!.length === BATCH_MESSAGES) {
      batches.push([])
      bytes = 0
    }
    batches.at(-1)!.push(draft)
    bytes += size
  }
  return batches
}

export const unreachable = (url: string, thrown: unknown): LongwireError => {
  const cause = thrown instanceof Error && thrown.cause !== undefined ? thrown.cause : thrown
  return new LongwireError('UNREACHABLE', 'retry', `no API answers at ${url}: ${textOf(cause)}`, {
    cause: thrown,
  })
}

const asError = (thrown: unknown): LongwireError =>
  thrown instanceof LongwireError
    ? thrown
    : new LongwireError('UNKNOWN', 'stop', textOf(thrown), { cause: thrown })

/** Publishes over the HTTP API. */
export const httpBackend = (options: BackendOptions): Backend => new HttpBackend(options)
