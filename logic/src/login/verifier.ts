import type { CodeName } from '@longwire/proto'
import { tokenHash, type TokenHash } from './token-hash.ts'

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
 * could not find out: that is UNAVAILABLE.
 */
export interface Verifier {
  verify(claim: Claim): Promise<Proof | Denial>
}

/** What is known of a token that proves its claim. */
export interface Proof {
  readonly proven: true
  /** How long it is good for from now on, in milliseconds, at least 1; 0: without end. */
  readonly expiresMs: number
  /** Milliseconds since 1970; 0: the token does not say. */
  readonly issuedAt: number
  /** Names the token; '': it has no name. */
  readonly tokenId: string
  /** Of a token that is known by this alone. */
  readonly tokenHash?: TokenHash
}

/** How gates know the token. */
export const hashOfToken = (proof: Proof): TokenHash => proof.tokenHash ?? tokenHash(proof.tokenId)

export interface Denial {
  readonly proven: false
  readonly code: CodeName
  /** For the developer of the app: says what is wrong, never the token. */
  readonly message: string
}

export const denial = (code: CodeName, message: string): Denial => ({
  proven: false,
  code,
  message,
})
