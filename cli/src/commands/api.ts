import { Failure } from '../failure.ts'
import type { CommonOptions } from '../settings.ts'
import type { Shell } from '../shell.ts'
import { findLocal } from './local.ts'

export interface ApiOptions extends CommonOptions {
  readonly url?: string
  readonly key?: string
}

/** The HTTP API that a command talks to. */
export interface Api {
  /** Resolves to the body of a 2xx answer; rejects with a {@link Failure} that says what went wrong. */
  ask(path: string, init?: AskInit): Promise<unknown>
  /**
   * The data of each server-sent event, until the server ends the stream or `signal` aborts. A stream
   * that breaks is asked for again; rejects where that fails for half a minute.
   */
  follow(path: string, signal: AbortSignal): AsyncGenerator
}

export interface AskInit {
  readonly method?: string
  readonly body?: object
  /** A repeat of the request is known by it. */
  readonly key?: string
}

/** The API refused it, and says why. */
export class ApiFailure extends Failure {
  readonly errors: readonly FieldError[]

  constructor(message: string, errors: readonly FieldError[]) {
    super(message)
    this.errors = errors
  }
}

export interface FieldError {
  readonly field: string
  readonly problem: string
  readonly remedy: string
}

/** The server of `--data` unless the options name another one. */
export const apiOf = (shell: Shell, options: ApiOptions): Api => {
  const local = findLocal(shell, options)
  const base = options.url ?? local.run?.http
  if (base === undefined) throw local.missing('which server to ask', '--url')
  const key = options.key ?? shell.env['LONGWIRE_KEY'] ?? local.keys?.key
  if (key === undefined) throw local.missing('an API key', '--key')
  const headers = { authorization: `Bearer ${key}` }
  return {
    async ask(path, { method = 'GET', body, key: idempotencyKey } = {}) {
      const url = new URL(path, base)
      const response = await send(url, {
        method,
        headers: {
          ...headers,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
        },
        body: body === undefined ? null : JSON.stringify(body),
        signal: AbortSignal.timeout(ANSWER_MS),
      })
      return answerOf(url, response)
    },
    follow: (path, signal) => follow(new URL(path, base), headers, signal),
  }
}

const ANSWER_MS = 10_000
const AGAIN_MS = 1_000
const PATIENCE = 30

const answerOf = async (url: URL, response: Response): Promise<unknown> => {
  const answer: unknown = await response.json()
  if (response.ok) return answer
  const text = `${url.origin} answered ${response.status}: ${problemOf(answer)}`
  throw new ApiFailure(text, errorsOf(answer))
}

async function* follow(
  url: URL,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): AsyncGenerator {
  for (let tries = 0; !signal.aborted; tries++) {
    try {
      const response = await fetch(url, { headers, signal })
      if (!response.ok || response.body === null) return void (await answerOf(url, response))
      for await (const event of eventsOf(response.body)) {
        tries = 0
        yield event
      }
      return
    } catch (error) {
      if (signal.aborted) return
      if (error instanceof Failure || tries >= PATIENCE) throw error
      await new Promise(resolve => setTimeout(resolve, AGAIN_MS))
    }
  }
}

/** Of a stream that ends where the server wants it to; a broken one throws. */
async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true })
    const frames = text.split('\n\n')
    text = frames.pop() ?? ''
    for (const frame of frames) {
      const data = frame.split('\n').find(line => line.startsWith('data: '))
      if (data !== undefined) yield JSON.parse(data.slice('data: '.length))
    }
  }
}

const errorsOf = (answer: unknown): readonly FieldError[] => {
  const errors =
    typeof answer === 'object' && answer !== null && 'errors' in answer ? answer.errors : undefined
  return Array.isArray(errors) ? errors.map((error: unknown) => error as FieldError) : []
}

const send = async (url: URL, init: RequestInit): Promise<Response> => {
  try {
    return await fetch(url, init)
  } catch (error) {
    const reason =
      error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error)
    throw new Failure(
      `${url.origin} does not answer: ${reason}\n  → is it running? start it with npm start`,
    )
  }
}

const problemOf = (value: unknown): string => {
  if (typeof value !== 'object' || value === null || !('code' in value))
    return JSON.stringify(value)
  const remedies = errorsOf(value).map(({ remedy }) => `\n  → ${remedy}`)
  const detail = 'detail' in value ? `: ${String(value.detail)}` : ''
  return `${String(value.code)}${detail}${remedies.join('')}`
}
