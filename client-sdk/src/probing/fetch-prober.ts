import { LongwireError } from '../errors.ts'
import { type Prober, schemeOf } from './prober.ts'

const HTTP: Readonly<Record<string, string>> = { ws: 'http', wss: 'https' }

/** What is used of the standard `fetch`. */
type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** Probes by GET /probe of a gate's WebSocket address: what a browser can. */
export const fetchProber = (load: Fetch = (url, init) => fetch(url, init)): Prober => ({
  knows: url => HTTP[schemeOf(url)] !== undefined,
  async probe({ url, signal }) {
    const response = await load(`${HTTP[schemeOf(url)]}://${new URL(url).host}/probe`, {
      signal,
      cache: 'no-store',
      credentials: 'omit',
    })
    const body: unknown = await response.json()
    const heldMs = typeof body === 'object' && body !== null ? Reflect.get(body, 'delayMs') : 0
    if (!response.ok || typeof heldMs !== 'number')
      throw new LongwireError('UNREACHABLE', 'retry', `no answer to a probe from ${url}`)
    return heldMs
  },
})
