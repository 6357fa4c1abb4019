import type { Clock } from '@longwire/kit'
import {
  createLocalJWKSet,
  errors,
  jwtVerify,
  SignJWT,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  type JWTVerifyResult,
} from 'jose'
import { createPublicKey, webcrypto, type KeyObject } from 'node:crypto'
import { KeySet } from './key-set.ts'
import { denial, type Claim, type Denial, type Proof, type Verifier } from './verifier.ts'

/** Exactly one kind of key, so that a token cannot choose how it is checked. */
export type JwtKeys =
  | { readonly secret: string }
  | { readonly jwksUrl: string }
  | { readonly publicKey: string }

export interface JwtOptions {
  readonly keys: JwtKeys
  readonly issuer?: string
  readonly audience?: string
  /** Tokens that are good for longer are refused, so that revocations may end. */
  readonly maxLifetimeMs?: number
}

const SECRET_BYTES_MIN = 32
const TOLERANCE_SECONDS = 5
/** What `typ` may be where a token says it. */
const TYPES: ReadonlySet<string> = new Set([
  'jwt',
  'at+jwt',
  'application/jwt',
  'application/at+jwt',
])
/** A key set whose entries carry no `kid` may offer several keys: more than these are not tried. */
const CANDIDATES_MAX = 4
/** Characters of a token's id. */
const TOKEN_ID_MAX = 256

const RSA = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']
const CURVES: Readonly<Record<string, string>> = {
  prime256v1: 'ES256',
  secp384r1: 'ES384',
  secp521r1: 'ES512',
}

type Check = (token: string, options: JWTVerifyOptions) => Promise<JWTVerifyResult>
interface KeyCheck {
  readonly algorithms: string[]
  readonly check: Check
}

/**
 * Tokens are JWTs: `sub` is the uid, `exp` is required; `appcode` and `device`, where present,
 * must be those of the LOGIN; `iat` and `jti` are what revocations go by. Headers that point to keys
 * (jku, jwk, x5u) mean nothing here.
 *
 * Throws on keys that cannot be used.
 */
export const jwtVerifier = (options: JwtOptions, clock: Clock): Verifier => {
  const { keys, issuer, audience, maxLifetimeMs = Infinity } = options
  const { algorithms, check } = keyCheck(keys, clock)
  const fixed: JWTVerifyOptions = {
    algorithms,
    requiredClaims: ['sub', 'exp'],
    clockTolerance: TOLERANCE_SECONDS,
    ...(issuer === undefined ? {} : { issuer }),
    ...(audience === undefined ? {} : { audience }),
  }
  return {
    async verify(claim) {
      try {
        const now = clock.now()
        const { payload, protectedHeader } = await check(claim.token, {
          ...fixed,
          currentDate: new Date(now),
        })
        return (
          typeProblem(protectedHeader.typ) ??
          mismatch(payload, claim) ??
          proofOf(payload, now, maxLifetimeMs)
        )
      } catch (error) {
        return denialOf(error)
      }
    },
  }
}

const keyCheck = (keys: JwtKeys, clock: Clock): KeyCheck => {
  if ('secret' in keys) {
    if (Buffer.byteLength(keys.secret) < SECRET_BYTES_MIN) {
      throw new Error(
        `auth: the secret is shorter than ${SECRET_BYTES_MIN} bytes; take a random one, such as: openssl rand -hex 32`,
      )
    }
    return { algorithms: ['HS256'], check: checkWith(importSecret(keys.secret)) }
  }
  if ('publicKey' in keys) {
    const key = parsePublicKey(keys.publicKey)
    return { algorithms: algorithmsOf(key), check: checkWith(key) }
  }
  const url = new URL(keys.jwksUrl).href
  // What is no key set is refused by jose itself.
  const parse = (answer: unknown): JWTVerifyGetKey => createLocalJWKSet(answer as JSONWebKeySet)
  return {
    algorithms: [...RSA, ...Object.values(CURVES), 'EdDSA', 'Ed25519'],
    check: checkWithSet(new KeySet({ url, clock, parse })),
  }
}

const parsePublicKey = (pem: string): KeyObject => {
  if (pem.includes('PRIVATE KEY'))
    throw new Error('auth: publicKey holds a private key; give the public one (BEGIN PUBLIC KEY)')
  try {
    return createPublicKey(pem)
  } catch (error) {
    throw new Error('auth: publicKey is not a public key in PEM (BEGIN PUBLIC KEY)', {
      cause: error,
    })
  }
}

const algorithmsOf = (key: KeyObject): string[] => {
  if (key.asymmetricKeyType === 'ed25519') return ['EdDSA', 'Ed25519']
  if (key.asymmetricKeyType === 'rsa') return RSA
  const curve = CURVES[key.asymmetricKeyDetails?.namedCurve ?? '']
  if (curve !== undefined) return [curve]
  throw new Error(
    `auth: publicKey is of type ${key.asymmetricKeyType}; use RSA, P-256, P-384, P-521 or Ed25519`,
  )
}

/** Imported once: jose would import any other form of it for every token, for half the cost of a login. */
const importSecret = (secret: string): Promise<webcrypto.CryptoKey> => {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  return webcrypto.subtle.importKey('raw', Buffer.from(secret), algorithm, false, ['verify'])
}

const checkWith =
  (key: KeyObject | Promise<webcrypto.CryptoKey>): Check =>
  async (token, options) =>
    jwtVerify(token, await key, options)

const checkWithSet =
  (set: KeySet<JWTVerifyGetKey>): Check =>
  async (token, options) => {
    try {
      return await checkWithKeys(token, await set.known(), options)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
      return checkWithKeys(token, await set.newest(), options)
    }
  }

const checkWithKeys = async (
  token: string,
  keys: JWTVerifyGetKey,
  options: JWTVerifyOptions,
): Promise<JWTVerifyResult> => {
  try {
    return await jwtVerify(token, keys, options)
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error
    let tried = 0
    for await (const key of error) {
      if (tried++ === CANDIDATES_MAX) break
      try {
        return await jwtVerify(token, key, options)
      } catch (failure) {
        if (!(failure instanceof errors.JWSSignatureVerificationFailed)) throw failure
      }
    }
    throw new errors.JWSSignatureVerificationFailed()
  }
}

/** Tokens of another kind, such as logout tokens, may be signed with the same key. */
const typeProblem = (typ: unknown): Denial | undefined =>
  typ === undefined || (typeof typ === 'string' && TYPES.has(typ.toLowerCase()))
    ? undefined
    : denial('AUTH_INVALID', 'the "typ" of the token is that of another kind of token; use "JWT"')

const proofOf = (payload: JWTPayload, now: number, maxLifetimeMs: number): Proof | Denial => {
  const { exp = 0, iat, jti = '' } = payload
  const tolerance = TOLERANCE_SECONDS * 1_000
  if (iat !== undefined && !(Number.isFinite(iat) && iat >= 0 && iat * 1_000 <= now + tolerance))
    return denial('AUTH_INVALID', 'the claim "iat" of the token is not a moment of the past')
  if (typeof jti !== 'string' || jti.length > TOKEN_ID_MAX)
    return denial(
      'AUTH_INVALID',
      `the claim "jti" of the token is not a text of up to ${TOKEN_ID_MAX}`,
    )
  const issuedAt = (iat ?? 0) * 1_000
  if (exp * 1_000 - (iat === undefined ? now : issuedAt) > maxLifetimeMs)
    return denial('AUTH_INVALID', 'the token is good for longer than auth.maxTokenSeconds allows')
  const expiresMs = Math.max(1, Math.ceil(exp * 1_000 + tolerance - now))
  return { proven: true, expiresMs, issuedAt, tokenId: jti }
}

const mismatch = (payload: JWTPayload, claim: Claim): Denial | undefined => {
  if (payload.sub !== claim.uid)
    return denial(
      'AUTH_INVALID',
      'the token is for another uid: its "sub" must be the uid of LOGIN',
    )
  const appcode = payload['appcode']
  if (appcode !== undefined && appcode !== claim.appcode) {
    return denial(
      'AUTH_INVALID',
      'the token is for another appcode: its "appcode" must be the one of LOGIN',
    )
  }
  const device = payload['device']
  if (device !== undefined && device !== claim.device) {
    return denial(
      'AUTH_INVALID',
      'the token is for another device: its "device" must be the one of LOGIN',
    )
  }
  return undefined
}

const denialOf = (error: unknown): Denial => {
  if (error instanceof errors.JWTExpired) return denial('AUTH_EXPIRED', 'the token has expired')
  if (error instanceof errors.JWTClaimValidationFailed) {
    return denial(
      'AUTH_INVALID',
      `the claim "${error.claim}" of the token is ${error.reason === 'missing' ? 'missing' : 'not as required'}`,
    )
  }
  if (error instanceof errors.JOSEAlgNotAllowed)
    return denial('AUTH_INVALID', 'the algorithm of the token is not one this key is for')
  if (
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JWKSNoMatchingKey
  ) {
    return denial('AUTH_INVALID', 'the token was not signed with the configured key')
  }
  if (
    error instanceof errors.JWTInvalid ||
    error instanceof errors.JWSInvalid ||
    error instanceof errors.JOSENotSupported
  ) {
    return denial('AUTH_INVALID', 'the token is not a signed JWT')
  }
  // What is left is about fetching or reading the key set, not about the token.
  return denial('UNAVAILABLE', 'the keys that check tokens cannot be had now')
}

export interface TokenClaims {
  readonly uid: string
  readonly ttlSeconds: number
  /** Milliseconds since 1970. */
  readonly nowMs: number
  readonly issuer?: string | undefined
  readonly audience?: string | undefined
  /** Names it, so that it can be revoked by itself. */
  readonly tokenId?: string | undefined
}

/** A token (HS256) that lets a client log in as `uid`: what a backend gives its users. */
export const signToken = (
  secret: string,
  { uid, ttlSeconds, nowMs, issuer, audience, tokenId }: TokenClaims,
): Promise<string> => {
  const issuedAt = Math.floor(nowMs / 1_000)
  const claims: JWTPayload = {
    ...(issuer === undefined ? {} : { iss: issuer }),
    ...(audience === undefined ? {} : { aud: audience }),
    ...(tokenId === undefined ? {} : { jti: tokenId }),
  }
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(uid)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + ttlSeconds)
    .sign(Buffer.from(secret))
}
