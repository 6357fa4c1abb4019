import type { Clock } from '@longwire/kit'
import { denial, type Verifier } from './verifier.ts'

export interface WebhookOptions {
  readonly url: string
  readonly timeoutMs: number
}

/**
 * Asks the app's own backend: POST {uid, appcode, device, token, ip}. 2xx lets the client in; 5xx
 * and
 * 429 mean that the backend could not find out, so the client tries again; anything else is a no.
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
      // The answer is in the status; an unread body would keep the connection busy.
      await response.body?.cancel()
      if (response.ok) return undefined
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
