import { createHmac, generateKeyPairSync, sign as signBytes } from 'node:crypto'
import t from 'tap'
import type { PublicKey } from '../../src/addresses/signature.ts'
import { bookIn, DISPATCHER, listOf, worldOf } from './fleet.ts'

const KEYS = {
  EdDSA: generateKeyPairSync('ed25519'),
  ES256: generateKeyPairSync('ec', { namedCurve: 'prime256v1' }),
}
const jwkOf = (kind: keyof typeof KEYS): PublicKey => KEYS[kind].publicKey.export({ format: 'jwk' })
const encoded = (text: string): string => Buffer.from(text).toString('base64url')
const sign = (kind: keyof typeof KEYS, text: string): string => {
  const data = `${encoded(JSON.stringify({ alg: kind }))}.${encoded(text)}`
  const digest = kind === 'EdDSA' ? null : 'sha256'
  const key = { key: KEYS[kind].privateKey, dsaEncoding: 'ieee-p1363' } as const
  return `${data}.${signBytes(digest, Buffer.from(data), key).toString('base64url')}`
}
/** With the public key as if it were a secret. */
const signHs256 = (secret: string, text: string): string => {
  const data = `${encoded('{"alg":"HS256"}')}.${encoded(text)}`
  return `${data}.${createHmac('sha256', secret).update(data).digest('base64url')}`
}

/** What comes of such an answer. */
const found = (text: string, publicKey: PublicKey): Promise<readonly string[]> =>
  bookIn(worldOf({ 'http://one': new Response(text) }), {
    dispatcher: { ...DISPATCHER, publicKey },
  }).get()

t.test('a list that is signed with the key is believed', async test => {
  for (const kind of ['EdDSA', 'ES256'] as const)
    test.strictSame(await found(sign(kind, listOf(['tcp://a:1'])), jwkOf(kind)), ['tcp://a:1'])
})

t.test('nothing else is', async test => {
  const list = listOf(['tcp://evil:1'])
  const jws = sign('EdDSA', list)
  const [header, payload, signature] = jws.split('.')
  const key = jwkOf('EdDSA')
  const forged = encoded(list.replace('evil', 'worse'))
  const none = encoded('{"alg":"none"}')
  for (const text of [
    list,
    '',
    `${header}.${forged}.${signature}`,
    `${none}.${payload}.`,
    `${header}.${payload}.`,
    `${jws}.more`,
    sign('ES256', list),
    signHs256(JSON.stringify(key), list),
  ])
    test.strictSame(await found(text, key), [], text.slice(0, 40))
  test.strictSame(await found(jws, { kty: 'RSA' }), [])
})
