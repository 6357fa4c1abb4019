export interface Probe {
  /** Of the gate, as it would be dialled. */
  readonly url: string
  readonly appcode: number
  /** TCP port of the same host that answers probes without TLS; undefined: none is known. */
  readonly port?: number | undefined
  /** Aborts when the answer is of no use any more. */
  readonly signal: AbortSignal
}

/** PORT: asks a gate whether it has room. */
export interface Prober {
  /** Whether gates can be asked at such a URL. */
  knows(url: string): boolean
  /**
   * Resolves with the answer, to the milliseconds for which the gate has held it. Rejects where there
   * will be none: it cannot be reached, it refused, or `signal` aborted; then nothing stays open.
   */
  probe(probe: Probe): Promise<number>
}

/** The part of a URL before its colon. */
export const schemeOf = (url: string): string => url.slice(0, Math.max(0, url.indexOf(':')))

export const probeNonceOf = (): Uint8Array<ArrayBuffer> =>
  globalThis.crypto.getRandomValues(new Uint8Array(8))
