import { CompactSign } from 'jose'
import { createPrivateKey, createSecretKey, type KeyObject } from 'node:crypto'

/** What answers are signed with: a private key (PEM: Ed25519, or EC P-256) or a secret of at least 32 bytes. */
export type SigningKey =
  | { readonly privateKey: string; readonly keyId?: string | undefined }
  | { readonly secret: string; readonly keyId?: string | undefined }

/** Makes a compact JWS of the bytes. */
export type Sign = (payload: Uint8Array) => Promise<string>

/** Throws where the key is of no kind that is known. */
export const signerOf = (signing: SigningKey): Sign => {
  const key =
    'secret' in signing
      ? createSecretKey(Buffer.from(signing.secret))
      : createPrivateKey(signing.privateKey)
  const { keyId } = signing
  const header = { alg: algorithmOf(key), ...(keyId === undefined ? {} : { kid: keyId }) }
  return payload => new CompactSign(payload).setProtectedHeader(header).sign(key)
}

const algorithmOf = (key: KeyObject): string => {
  if (key.type === 'secret') return 'HS256'
  if (key.asymmetricKeyType === 'ed25519') return 'EdDSA'
  if (key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1')
    return 'ES256'
  throw new Error(
    `dispatcher.sign: a key of kind ${String(key.asymmetricKeyType)} cannot sign lists; make an Ed25519 key: openssl genpkey -algorithm ed25519`,
  )
}
