import type { Clock } from '@longwire/kit'
import {
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP } from 'node:net'
import { addressFor, type Resolve } from './guard.ts'

export interface PostOptions {
  readonly url: URL
  /** Networks that may be reached although they are not on the internet. */
  readonly allow: readonly string[]
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  readonly timeoutMs: number
  readonly signal: AbortSignal
  /** So much of the answer's body is read; a longer one is an error. @default 0: it is not looked at */
  readonly answerBytes?: number
}

export interface PostAnswer {
  readonly status: number
  /** What the other side asks for; 0: nothing. */
  readonly retryAfterMs: number
  /** Empty where it was not to be read. */
  readonly body: Buffer
  readonly headers: IncomingHttpHeaders
}

/**
 * POSTs to the address that was checked, and to no other: the name is looked up once, redirects are
 * answers like any other, and each request has a connection of its own.
 */
export const post = async (
  options: PostOptions,
  { clock, resolve }: { readonly clock: Clock; readonly resolve: Resolve },
): Promise<PostAnswer> => {
  const { url, allow, headers, body, timeoutMs, signal } = options
  const late = new AbortController()
  const timer = clock.after(timeoutMs, () =>
    late.abort(new Error(`no answer within ${timeoutMs} ms`)),
  )
  try {
    const end = AbortSignal.any([signal, late.signal])
    const address = await orAbort(addressFor(url.hostname, allow, resolve), end)
    const host = url.hostname.replace(/^\[|\]$/g, '')
    const response = await send({
      secure: url.protocol === 'https:',
      body,
      request: {
        method: 'POST',
        host: address,
        port: url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port),
        path: `${url.pathname}${url.search}`,
        headers: { host: url.host, 'content-length': body.length, connection: 'close', ...headers },
        ...(isIP(host) === 0 ? { servername: host } : {}),
        agent: false,
        signal: end,
      },
    })
    const answer =
      options.answerBytes === undefined ? NOTHING : await bodyOf(response, options.answerBytes)
    response.destroy()
    const { statusCode: status = 0, headers: said } = response
    return { status, retryAfterMs: retryAfterOf(response), body: answer, headers: said }
  } finally {
    timer.cancel()
  }
}

const send = (parts: {
  readonly secure: boolean
  readonly request: RequestOptions & { servername?: string }
  readonly body: Buffer
}): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const open = parts.secure ? httpsRequest : httpRequest
    const outgoing = open(parts.request, resolve)
    outgoing.on('error', (error: Error) => {
      const reason: unknown = parts.request.signal?.reason
      reject(parts.request.signal?.aborted === true && reason instanceof Error ? reason : error)
    })
    outgoing.end(parts.body)
  })

const NOTHING: Buffer = Buffer.alloc(0)

const bodyOf = async (response: IncomingMessage, bytesMax: number): Promise<Buffer> => {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > bytesMax) throw new Error(`the answer has more than ${bytesMax} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

const orAbort = <T>(promise: Promise<T>, signal: AbortSignal): Promise<T> =>
  new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    if (signal.aborted) abort()
    promise.then(resolve, reject)
  })

const RETRY_AFTER_MAX_SECONDS = 3_600

const retryAfterOf = ({ headers }: IncomingMessage): number => {
  const seconds = Number(headers['retry-after'] ?? 0)
  return Number.isFinite(seconds) && seconds > 0
    ? Math.min(seconds, RETRY_AFTER_MAX_SECONDS) * 1_000
    : 0
}
