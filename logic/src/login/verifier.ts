import type { CodeName } from '@longwire/proto'

/** Who a client says it is. */
export interface Claim {
  readonly uid: string
  readonly appcode: number
  readonly device: string
  readonly token: string
  readonly ip: string
}

/**
 * PORT: decides whether a token proves a claim. Never rejects, never lets anybody in because it
 * could
 * not find out: that is UNAVAILABLE.
 */
export interface Verifier {
  /** `undefined`: proven. */
  verify(claim: Claim): Promise<Denial | undefined>
}

export interface Denial {
  readonly code: CodeName
  /** For the developer of the app: says what is wrong, never the token. */
  readonly message: string
}

export const denial = (code: CodeName, message: string): Denial => ({ code, message })
