import { VirtualClock } from '@longwire/kit'
import { SignJWT, exportJWK, exportSPKI, generateKeyPair, type JWTPayload } from 'jose'
import { createHmac, generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import t from 'tap'
import { jwtVerifier, type JwtOptions } from '../../src/login/jwt.ts'
import type { Denial, Proof } from '../../src/login/verifier.ts'

const NOW = 1_700_000_000
const SECRET = 'a'.repeat(32)
const clock = new VirtualClock(NOW * 1000)
const CLAIM = { uid: 'ann', appcode: 1, device: 'phone', ip: '::1' }
const GOOD = { sub: 'ann', exp: NOW + 60 }

const hs = (payload: JWTPayload, header: object = {}, secret = SECRET): Promise<string> =>
  new SignJWT(payload).setProtectedHeader({ alg: 'HS256', ...header }).sign(Buffer.from(secret))
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

const codeOf = (verdict: Proof | Denial): string => (verdict.proven ? 'OK' : verdict.code)
const check = async (token: string, options: Partial<JwtOptions> = {}): Promise<string> => {
  const verifier = jwtVerifier({ keys: { secret: SECRET }, ...options }, clock)
  return codeOf(await verifier.verify({ ...CLAIM, token }))
}

t.test('what a token with a shared secret is worth', async t => {
  const strict = { issuer: 'shop', audience: 'longwire' }
  const rows: [string, string, Promise<string> | string, Partial<JwtOptions>?][] = [
    ['a good token', 'OK', hs(GOOD)],
    ['appcode and device that match', 'OK', hs({ ...GOOD, appcode: 1, device: 'phone' })],
    ['another sub', 'AUTH_INVALID', hs({ ...GOOD, sub: 'bob' })],
    ['no sub', 'AUTH_INVALID', hs({ exp: NOW + 60 })],
    ['another appcode', 'AUTH_INVALID', hs({ ...GOOD, appcode: 2 })],
    ['an appcode that is text', 'AUTH_INVALID', hs({ ...GOOD, appcode: '1' })],
    ['another device', 'AUTH_INVALID', hs({ ...GOOD, device: 'tablet' })],
    ['an exp in the past', 'AUTH_EXPIRED', hs({ ...GOOD, exp: NOW - 60 })],
    ['an exp within the tolerance', 'OK', hs({ ...GOOD, exp: NOW - 4 })],
    ['an exp just beyond the tolerance', 'AUTH_EXPIRED', hs({ ...GOOD, exp: NOW - 6 })],
    ['no exp', 'AUTH_INVALID', hs({ sub: 'ann' })],
    [
      'an exp that is text',
      'AUTH_INVALID',
      `${part({ alg: 'HS256' })}.${part({ sub: 'ann', exp: 'never' })}.x`,
    ],
    ['an nbf in the future', 'AUTH_INVALID', hs({ ...GOOD, nbf: NOW + 60 })],
    ['an nbf within the tolerance', 'OK', hs({ ...GOOD, nbf: NOW + 4 })],
    ['another secret', 'AUTH_INVALID', hs(GOOD, {}, 'b'.repeat(32))],
    ['alg none', 'AUTH_INVALID', `${part({ alg: 'none' })}.${part(GOOD)}.`],
    ['alg None', 'AUTH_INVALID', `${part({ alg: 'None' })}.${part(GOOD)}.`],
    ['a missing alg', 'AUTH_INVALID', `${part({})}.${part(GOOD)}.x`],
    [
      'a good signature by another length of HMAC',
      'AUTH_INVALID',
      new SignJWT(GOOD).setProtectedHeader({ alg: 'HS512' }).sign(Buffer.from(SECRET.repeat(2))),
    ],
    [
      'issuer and audience as configured',
      'OK',
      hs({ ...GOOD, iss: 'shop', aud: 'longwire' }),
      strict,
    ],
    ['another issuer', 'AUTH_INVALID', hs({ ...GOOD, iss: 'mall', aud: 'longwire' }), strict],
    ['another audience', 'AUTH_INVALID', hs({ ...GOOD, iss: 'shop', aud: 'other' }), strict],
    ['no audience though one is configured', 'AUTH_INVALID', hs({ ...GOOD, iss: 'shop' }), strict],
    ['a jku header', 'OK', hs(GOOD, { jku: 'http://127.0.0.1:1/keys' })],
    [
      'an unknown critical header',
      'AUTH_INVALID',
      `${part({ alg: 'HS256', crit: ['x'], x: 1 })}.${part(GOOD)}.x`,
    ],
    [
      'a changed payload',
      'AUTH_INVALID',
      hs(GOOD).then(token => token.replace(/\.[^.]+\./, `.${part({ ...GOOD, sub: 'bob' })}.`)),
    ],
    ['a cut-off signature', 'AUTH_INVALID', hs(GOOD).then(token => token.slice(0, -4))],
    ['an empty token', 'AUTH_INVALID', ''],
    ['two dots', 'AUTH_INVALID', '..'],
    ['noise', 'AUTH_INVALID', '\u0000🙂.\uffff.x'],
    ['JSON', 'AUTH_INVALID', '{"alg":"none"}'],
    [
      'a payload that is no object',
      'AUTH_INVALID',
      `${part({ alg: 'HS256' })}.${Buffer.from('7').toString('base64url')}.x`,
    ],
  ]
  for (const [name, expected, token, options] of rows)
    t.equal(await check(await token, options), expected, name)
})

t.test('a public key never serves as an HMAC secret', async t => {
  for (const [type, alg] of [
    ['rsa', 'RS256'],
    ['ec', 'ES256'],
    ['ed25519', 'EdDSA'],
  ] as const) {
    const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
    const pem = await exportSPKI(publicKey)
    const keys = { publicKey: pem }
    const good = await new SignJWT(GOOD).setProtectedHeader({ alg }).sign(privateKey)
    t.equal(await check(good, { keys }), 'OK', type)
    const forged = `${part({ alg: 'HS256' })}.${part(GOOD)}`
    const mac = createHmac('sha256', pem).update(forged).digest('base64url')
    t.equal(await check(`${forged}.${mac}`, { keys }), 'AUTH_INVALID', `${type} as HMAC`)
    t.equal(
      await check(`${part({ alg: 'none' })}.${part(GOOD)}.`, { keys }),
      'AUTH_INVALID',
      `${type} none`,
    )
    t.equal(await check(await hs(GOOD), { keys }), 'AUTH_INVALID', `${type} by HS256`)
    t.equal(await check(good), 'AUTH_INVALID', `${type} where a secret is configured`)
  }
})

t.test('a key within the token is ignored', async t => {
  const mine = await generateKeyPair('ES256')
  const theirs = await generateKeyPair('ES256', { extractable: true })
  const jwk = await exportJWK(theirs.publicKey)
  const token = await new SignJWT(GOOD)
    .setProtectedHeader({ alg: 'ES256', jwk, x5u: 'http://127.0.0.1:1/' })
    .sign(theirs.privateKey)
  t.equal(
    await check(token, { keys: { publicKey: await exportSPKI(mine.publicKey) } }),
    'AUTH_INVALID',
  )
})

t.test('tokens are checked with a published key set', async t => {
  const pairs = await Promise.all(
    ['RS256', 'ES256', 'EdDSA', 'EdDSA'].map(alg => generateKeyPair(alg, { extractable: true })),
  )
  const jwks = await Promise.all(
    pairs.map(async ({ publicKey }, index) => ({
      ...(await exportJWK(publicKey)),
      ...(index < 2 ? { kid: `k${index}` } : {}),
    })),
  )
  let fetched = 0
  const server = createServer((_request, response) => {
    fetched++
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: jwks }))
  })
  await new Promise<void>(resolve => void server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const verifier = jwtVerifier({ keys: { jwksUrl: `http://127.0.0.1:${port}/` } }, clock)
  const verify = async (token: string): Promise<string> =>
    codeOf(await verifier.verify({ ...CLAIM, token }))
  const sign = (index: number, alg: string, kid?: string): Promise<string> =>
    new SignJWT(GOOD)
      .setProtectedHeader({ alg, ...(kid === undefined ? {} : { kid }) })
      .sign(pairs[index]!.privateKey)
  t.equal(await verify(await sign(0, 'RS256', 'k0')), 'OK')
  t.equal(await verify(await sign(1, 'ES256', 'k1')), 'OK')
  t.equal(await verify(await sign(2, 'EdDSA')), 'OK', 'the first of two keys without kid')
  t.equal(await verify(await sign(3, 'EdDSA')), 'OK', 'the second of two keys without kid')
  t.equal(await verify(await sign(0, 'RS256', 'k9')), 'AUTH_INVALID', 'an unknown kid')
  t.equal(await verify(await hs(GOOD, { kid: 'k0' })), 'AUTH_INVALID', 'HS256')
  const stranger = await generateKeyPair('EdDSA')
  t.equal(
    await verify(
      await new SignJWT(GOOD).setProtectedHeader({ alg: 'EdDSA' }).sign(stranger.privateKey),
    ),
    'AUTH_INVALID',
  )
  t.equal(await verify('garbage'), 'AUTH_INVALID')
  t.equal(fetched, 1, 'the set is kept')
})

t.test('a key set that cannot be had lets nobody in, and says so', async t => {
  const { privateKey } = await generateKeyPair('ES256')
  const token = await new SignJWT(GOOD).setProtectedHeader({ alg: 'ES256' }).sign(privateKey)
  t.equal(await check(token, { keys: { jwksUrl: 'http://127.0.0.1:1/keys' } }), 'UNAVAILABLE')
})

t.test('keys that cannot be used are refused at the start', async t => {
  const make = (keys: JwtOptions['keys']) => (): unknown => jwtVerifier({ keys }, clock)
  t.throws(make({ secret: 'short' }), /shorter than 32 bytes/)
  t.throws(make({ publicKey: 'nonsense' }), /not a public key/)
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  t.throws(
    make({ publicKey: String(privateKey.export({ type: 'pkcs8', format: 'pem' })) }),
    /private key/,
  )
  t.doesNotThrow(make({ publicKey: String(publicKey.export({ type: 'spki', format: 'pem' })) }))
  const odd = generateKeyPairSync('ec', { namedCurve: 'secp256k1' })
  t.throws(
    make({ publicKey: String(odd.publicKey.export({ type: 'spki', format: 'pem' })) }),
    /use RSA/,
  )
})
