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
  ask(path: string, init?: { readonly method?: string; readonly body?: object }): Promise<unknown>
}

/** The server of `--data` unless the options name another one. */
export const apiOf = (shell: Shell, options: ApiOptions): Api => {
  const local = findLocal(shell, options)
  const base = options.url ?? local.run?.http
  if (base === undefined) throw local.missing('which server to ask', '--url')
  const key = options.key ?? shell.env['LONGWIRE_KEY'] ?? local.keys?.key
  if (key === undefined) throw local.missing('an API key', '--key')
  return {
    async ask(path, { method = 'GET', body } = {}) {
      const url = new URL(path, base)
      const response = await send(url, {
        method,
        headers: {
          authorization: `Bearer ${key}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        body: body === undefined ? null : JSON.stringify(body),
        signal: AbortSignal.timeout(10_000),
      })
      const answer: unknown = await response.json()
      if (response.ok) return answer
      throw new Failure(`${url.origin} answered ${response.status}: ${problemOf(answer)}`)
    },
  }
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
  return `${String(value.code)}${'detail' in value ? `: ${String(value.detail)}` : ''}`
}
