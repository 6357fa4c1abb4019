import type { Clock } from '@longwire/kit'
import { Type, type Static } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { denial, type Denial, type Proof, type Verifier } from './verifier.ts'

export interface WebhookOptions {
  readonly url: string
  readonly timeoutMs: number
}

/** What the backend may say about a token that it accepts; other fields are its own business. */
const ANSWER = Type.Object({
  expiresInSeconds: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 4_000_000_000 })),
  /** Milliseconds since 1970. */
  issuedAt: Type.Optional(Type.Number({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
  tokenId: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
})

/**
 * Asks the app's own backend: POST {uid, appcode, device, token, ip}. 2xx lets the client in; 5xx
 * and 429 mean that the backend could not find out, so the client tries again; anything else is a
 * no. The answer may be JSON that says how long the token is good for, and what it is called.
 */
export const webhookVerifier = ({ url, timeoutMs }: WebhookOptions, clock: Clock): Verifier => ({
  async verify({ uid, appcode, device, token, ip }) {
    const abort = new AbortController()
    const timer = clock.after(timeoutMs, () => abort.abort())
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ uid, appcode, device, token, ip }),
        redirect: 'manual',
        signal: abort.signal,
      })
      if (response.ok) return proofOf(await response.text(), clock.now())
      // An unread body would keep the connection busy.
      await response.body?.cancel()
      if (response.status >= 500 || response.status === 429)
        return denial('UNAVAILABLE', 'the auth webhook failed')
      return denial('AUTH_INVALID', 'the auth webhook refused the token')
    } catch {
      return denial('UNAVAILABLE', 'the auth webhook cannot be reached')
    } finally {
      timer.cancel()
    }
  },
})

/** A token of which nothing is said was issued just now, as far as anybody knows. */
const proofOf = (body: string, now: number): Proof | Denial => {
  const answer = parse(body)
  if (answer === undefined)
    return denial(
      'UNAVAILABLE',
      'the auth webhook answers with an expiresInSeconds, issuedAt or tokenId that cannot be used',
    )
  const { expiresInSeconds = 0, issuedAt = now, tokenId = '' } = answer
  return { proven: true, expiresMs: Math.ceil(expiresInSeconds * 1_000), issuedAt, tokenId }
}

/** Undefined where a known field cannot be used; a body that is no JSON object says nothing. */
const parse = (body: string): Static<typeof ANSWER> | undefined => {
  let answer: unknown
  try {
    answer = JSON.parse(body)
  } catch {
    return {}
  }
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) return {}
  return Value.Check(ANSWER, answer) ? answer : undefined
}
