import { LongwireError } from '../errors.ts'

/** The public half of the key that signs lists: Ed25519 (`kty` OKP) or P-256 (`kty` EC). */
export type PublicKey = Readonly<Pick<JsonWebKey, 'kty' | 'crv' | 'x' | 'y'>>

/** What is signed in a compact JWS. Rejects with UNVERIFIED where it is not signed with this key. */
export const verified = async (jws: string, key: PublicKey): Promise<string> => {
  const [header = '', payload = '', signature = '', ...more] = jws.trim().split('.')
  try {
    const { alg, imported, verifying } = kindOf(key)
    const said: unknown = JSON.parse(textIn(header))
    // The key says how it is checked, never what came with the signature.
    if (more.length > 0 || typeof said !== 'object' || said === null) throw new Error('no JWS')
    if (!('alg' in said) || said.alg !== alg) throw new Error(`it is not signed with ${alg}`)
    const { kty, crv, x, y } = key
    const jwk = { kty, crv, x, ...(y === undefined ? {} : { y }) } as JsonWebKey
    const handle = await crypto.subtle.importKey('jwk', jwk, imported, false, ['verify'])
    const data = new TextEncoder().encode(`${header}.${payload}`)
    if (!(await crypto.subtle.verify(verifying, handle, bytesIn(signature), data)))
      throw new Error('the signature does not match')
    return textIn(payload)
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown)
    throw new LongwireError('UNVERIFIED', 'retry', `the list of gates cannot be trusted: ${why}`, {
      cause: thrown,
    })
  }
}

const kindOf = ({
  kty,
  crv,
}: PublicKey): {
  alg: string
  imported: AlgorithmIdentifier | EcKeyImportParams
  verifying: AlgorithmIdentifier | EcdsaParams
} => {
  if (kty === 'OKP' && crv === 'Ed25519')
    return { alg: 'EdDSA', imported: { name: 'Ed25519' }, verifying: { name: 'Ed25519' } }
  if (kty === 'EC' && crv === 'P-256')
    return {
      alg: 'ES256',
      imported: { name: 'ECDSA', namedCurve: 'P-256' },
      verifying: { name: 'ECDSA', hash: 'SHA-256' },
    }
  throw new Error('the public key is neither Ed25519 nor P-256')
}

const bytesIn = (base64url: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(base64url.replaceAll('-', '+').replaceAll('_', '/')), byte =>
    byte.charCodeAt(0),
  )

const textIn = (base64url: string): string => new TextDecoder().decode(bytesIn(base64url))
