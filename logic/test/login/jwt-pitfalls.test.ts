import { VirtualClock } from '@longwire/kit'
import { exportJWK, exportPKCS8, generateKeyPair } from 'jose'
import {
  createHmac,
  createPrivateKey,
  generateKeyPairSync,
  sign as signBytes,
  type KeyObject,
} from 'node:crypto'
import { createServer, type Server } from 'node:http'
import t, { type Test } from 'tap'
import { jwtVerifier, type JwtOptions } from '../../src/login/jwt.ts'
import type { Denial, Proof } from '../../src/login/verifier.ts'

const NOW = 1_700_000_000
const SECRET = 'a-secret-of-more-than-thirty-two-bytes'
const CLAIM = { uid: 'ann', appcode: 1, device: 'phone', ip: '::1' }
const DAY = 86_400
const codeOf = (verdict: Proof | Denial): string => (verdict.proven ? 'OK' : verdict.code)
const b64 = (text: string | Uint8Array): string => Buffer.from(text).toString('base64url')

/** A token of exactly these texts, so that nothing is made well-formed on the way. */
const raw = (header: string, payload: string, secret: string | Uint8Array = SECRET): string => {
  const signed = `${b64(header)}.${b64(payload)}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}
const GOOD = { sub: 'ann', exp: NOW + 60, iat: NOW }
const hs = (payload: object = GOOD, header: object = { alg: 'HS256', typ: 'JWT' }): string =>
  raw(JSON.stringify(header), JSON.stringify(payload))
const by = (alg: string, key: KeyObject, header: object = {}, payload: object = GOOD): string => {
  const signed = `${b64(JSON.stringify({ alg, ...header }))}.${b64(JSON.stringify(payload))}`
  const hash = alg === 'EdDSA' ? null : 'sha256'
  const bytes = signBytes(hash, Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' })
  return `${signed}.${bytes.toString('base64url')}`
}

const verify = async (
  token: string,
  options: Partial<JwtOptions> = {},
  clock = new VirtualClock(NOW * 1_000),
): Promise<string> =>
  codeOf(
    await jwtVerifier(
      { keys: { secret: SECRET }, maxLifetimeMs: 30 * DAY * 1_000, ...options },
      clock,
    ).verify({ ...CLAIM, token }),
  )

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const ed = generateKeyPairSync('ed25519')
const pemOf = (key: KeyObject): string => String(key.export({ type: 'spki', format: 'pem' }))
const strict = { issuer: 'shop', audience: 'longwire' }
const CLAIMED = { ...GOOD, iss: 'shop', aud: 'longwire' }

type Row = readonly [string, 'OK' | 'AUTH_INVALID' | 'AUTH_EXPIRED', string, Partial<JwtOptions>?]
const EC = { keys: { publicKey: pemOf(ec.publicKey) } }
const RSA = { keys: { publicKey: pemOf(rsa.publicKey) } }
const ED = { keys: { publicKey: pemOf(ed.publicKey) } }

const rows: readonly Row[] = [
  ['a good token', 'OK', hs()],
  // Algorithms: the key says which, never the token.
  [
    'alg none without a signature',
    'AUTH_INVALID',
    `${b64('{"alg":"none"}')}.${b64(JSON.stringify(GOOD))}.`,
  ],
  ['alg nOnE', 'AUTH_INVALID', `${b64('{"alg":"nOnE"}')}.${b64(JSON.stringify(GOOD))}.`],
  ['alg none with a good signature', 'AUTH_INVALID', hs(GOOD, { alg: 'none' })],
  ['alg null', 'AUTH_INVALID', hs(GOOD, { alg: null })],
  ['alg that is a list', 'AUTH_INVALID', hs(GOOD, { alg: ['HS256'] })],
  ['no alg', 'AUTH_INVALID', hs(GOOD, { typ: 'JWT' })],
  ['alg HS384 over an HS256 signature', 'AUTH_INVALID', hs(GOOD, { alg: 'HS384' })],
  ['alg hs256 in small letters', 'AUTH_INVALID', hs(GOOD, { alg: 'hs256' })],
  ['RS256 where a secret is configured', 'AUTH_INVALID', by('RS256', rsa.privateKey)],
  [
    'HS256 keyed with the public RSA key in PEM',
    'AUTH_INVALID',
    raw('{"alg":"HS256"}', JSON.stringify(GOOD), pemOf(rsa.publicKey)),
    RSA,
  ],
  [
    'HS256 keyed with the public EC key in DER',
    'AUTH_INVALID',
    raw(
      '{"alg":"HS256"}',
      JSON.stringify(GOOD),
      ec.publicKey.export({ type: 'spki', format: 'der' }),
    ),
    EC,
  ],
  ['RS256 by RSA', 'OK', by('RS256', rsa.privateKey), RSA],
  ['ES256 by P-256', 'OK', by('ES256', ec.privateKey), EC],
  ['EdDSA by Ed25519', 'OK', by('EdDSA', ed.privateKey), ED],
  ['EdDSA where RSA is configured', 'AUTH_INVALID', by('EdDSA', ed.privateKey), RSA],
  [
    'another RSA key',
    'AUTH_INVALID',
    by('RS256', generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey),
    RSA,
  ],
  [
    'ES256 with r and s of zero',
    'AUTH_INVALID',
    `${b64('{"alg":"ES256"}')}.${b64(JSON.stringify(GOOD))}.${b64(new Uint8Array(64))}`,
    EC,
  ],
  // Headers that point to keys are not followed.
  ['jku', 'OK', hs(GOOD, { alg: 'HS256', jku: 'http://127.0.0.1:1/keys' })],
  [
    'jku beside a foreign key',
    'AUTH_INVALID',
    by('ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey, {
      jku: 'http://127.0.0.1:1/',
    }),
    EC,
  ],
  ['x5u', 'OK', hs(GOOD, { alg: 'HS256', x5u: 'http://127.0.0.1:1/cert' })],
  [
    'an embedded jwk that signed it',
    'AUTH_INVALID',
    by(
      'ES256',
      createPrivateKey(
        generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
          type: 'pkcs8',
          format: 'pem',
        }),
      ),
      { jwk: ec.publicKey.export({ format: 'jwk' }) },
    ),
    EC,
  ],
  ['kid that is a path', 'OK', hs(GOOD, { alg: 'HS256', kid: '../../dev/null' })],
  [
    'kid that is SQL, signed with nothing',
    'AUTH_INVALID',
    raw(JSON.stringify({ alg: 'HS256', kid: "x' UNION SELECT ''--" }), JSON.stringify(GOOD), ''),
  ],
  ['an empty secret', 'AUTH_INVALID', raw('{"alg":"HS256"}', JSON.stringify(GOOD), '')],
  // Critical headers.
  ['crit with an unknown name', 'AUTH_INVALID', hs(GOOD, { alg: 'HS256', crit: ['exp'], exp: 1 })],
  ['crit that is empty', 'AUTH_INVALID', hs(GOOD, { alg: 'HS256', crit: [] })],
  ['crit that is text', 'AUTH_INVALID', hs(GOOD, { alg: 'HS256', crit: 'b64' })],
  ['an unencoded payload', 'AUTH_INVALID', hs(GOOD, { alg: 'HS256', crit: ['b64'], b64: false })],
  // Kinds of tokens.
  ['no typ', 'OK', hs(GOOD, { alg: 'HS256' })],
  ['typ at+jwt', 'OK', hs(GOOD, { alg: 'HS256', typ: 'at+JWT' })],
  ['typ of a logout token', 'AUTH_INVALID', hs(GOOD, { alg: 'HS256', typ: 'logout+jwt' })],
  ['typ that is a number', 'AUTH_INVALID', hs(GOOD, { alg: 'HS256', typ: 1 })],
  // Times.
  ['exp a minute ago', 'AUTH_EXPIRED', hs({ ...GOOD, exp: NOW - 60 })],
  ['exp within the tolerance', 'OK', hs({ ...GOOD, exp: NOW - 4 })],
  ['exp just beyond it', 'AUTH_EXPIRED', hs({ ...GOOD, exp: NOW - 6 })],
  ['exp that is text', 'AUTH_INVALID', hs({ ...GOOD, exp: String(NOW + 60) })],
  ['exp that is null', 'AUTH_INVALID', hs({ ...GOOD, exp: null })],
  ['exp of no number', 'AUTH_INVALID', raw('{"alg":"HS256"}', '{"sub":"ann","exp":1e999}')],
  ['no exp', 'AUTH_INVALID', hs({ sub: 'ann' })],
  ['exp beyond the longest life', 'AUTH_INVALID', hs({ ...GOOD, exp: NOW + 31 * DAY })],
  [
    'a life that began long ago and is too long',
    'AUTH_INVALID',
    hs({ ...GOOD, iat: NOW - 31 * DAY }),
  ],
  ['nbf in a minute', 'AUTH_INVALID', hs({ ...GOOD, nbf: NOW + 60 })],
  ['nbf within the tolerance', 'OK', hs({ ...GOOD, nbf: NOW + 4 })],
  ['nbf that is text', 'AUTH_INVALID', hs({ ...GOOD, nbf: '0' })],
  ['iat in a minute', 'AUTH_INVALID', hs({ ...GOOD, iat: NOW + 60 })],
  ['iat within the tolerance', 'OK', hs({ ...GOOD, iat: NOW + 4 })],
  ['iat that is text', 'AUTH_INVALID', hs({ ...GOOD, iat: String(NOW) })],
  ['iat below zero', 'AUTH_INVALID', hs({ ...GOOD, iat: -1 })],
  // For whom, and from whom.
  ['issuer and audience', 'OK', hs(CLAIMED), strict],
  ['audience in a list', 'OK', hs({ ...CLAIMED, aud: ['other', 'longwire'] }), strict],
  ['audience not in the list', 'AUTH_INVALID', hs({ ...CLAIMED, aud: ['other', 'long'] }), strict],
  [
    'audience that is an object',
    'AUTH_INVALID',
    hs({ ...CLAIMED, aud: { 0: 'longwire' } }),
    strict,
  ],
  ['audience that contains it', 'AUTH_INVALID', hs({ ...CLAIMED, aud: 'longwire.evil' }), strict],
  ['no audience', 'AUTH_INVALID', hs({ ...GOOD, iss: 'shop' }), strict],
  ['issuer in a list', 'AUTH_INVALID', hs({ ...CLAIMED, iss: ['shop'] }), strict],
  ['issuer with a slash behind it', 'AUTH_INVALID', hs({ ...CLAIMED, iss: 'shop/' }), strict],
  ['another sub', 'AUTH_INVALID', hs({ ...GOOD, sub: 'bob' })],
  ['sub in other letters', 'AUTH_INVALID', hs({ ...GOOD, sub: 'Ann' })],
  ['sub in a list', 'AUTH_INVALID', hs({ ...GOOD, sub: ['ann'] })],
  ['sub with a zero behind it', 'AUTH_INVALID', hs({ ...GOOD, sub: 'ann\u0000' })],
  ['another appcode', 'AUTH_INVALID', hs({ ...GOOD, appcode: 2 })],
  ['appcode as text', 'AUTH_INVALID', hs({ ...GOOD, appcode: '1' })],
  ['another device', 'AUTH_INVALID', hs({ ...GOOD, device: 'tablet' })],
  ['device that is null', 'AUTH_INVALID', hs({ ...GOOD, device: null })],
  ['jti that is a number', 'AUTH_INVALID', hs({ ...GOOD, jti: 7 })],
  ['jti of 257 characters', 'AUTH_INVALID', hs({ ...GOOD, jti: 'j'.repeat(257) })],
  // Names that come twice: the last one counts, for everything that looks at the token.
  [
    'alg twice, the last is none',
    'AUTH_INVALID',
    raw('{"alg":"HS256","alg":"none"}', JSON.stringify(GOOD)),
  ],
  [
    'sub twice, the last is another',
    'AUTH_INVALID',
    raw('{"alg":"HS256"}', `{"sub":"ann","exp":${NOW + 60},"sub":"bob"}`),
  ],
  [
    'exp twice, the last is over',
    'AUTH_EXPIRED',
    raw('{"alg":"HS256"}', `{"sub":"ann","exp":${NOW + 60},"exp":${NOW - 60}}`),
  ],
  [
    'a __proto__ that would carry the claims',
    'AUTH_INVALID',
    raw('{"alg":"HS256"}', `{"__proto__":{"sub":"ann","exp":${NOW + 60}}}`),
  ],
  // Forms.
  ['an empty signature', 'AUTH_INVALID', hs().replace(/\.[^.]+$/, '.')],
  ['no signature', 'AUTH_INVALID', hs().replace(/\.[^.]+$/, '')],
  ['four parts', 'AUTH_INVALID', `${hs()}.x`],
  ['five parts, as encrypted tokens have', 'AUTH_INVALID', 'a.b.c.d.e'],
  ['a cut signature', 'AUTH_INVALID', hs().slice(0, -3)],
  [
    'a payload of another token',
    'AUTH_INVALID',
    hs().replace(/\.[^.]+\./, `.${b64(JSON.stringify({ ...GOOD, sub: 'ann', admin: true }))}.`),
  ],
  [
    'base64 with + and /',
    'AUTH_INVALID',
    hs({ ...GOOD, x: '??>>~~??>>~~' }).replace(/[-_]/g, found => (found === '-' ? '+' : '/')),
  ],
  ['base64 with padding', 'AUTH_INVALID', hs().replace(/\./, '=.')],
  ['spaces around', 'AUTH_INVALID', ` ${hs()} `],
  ['a header that is a list', 'AUTH_INVALID', raw('["HS256"]', JSON.stringify(GOOD))],
  ['a payload that is a list', 'AUTH_INVALID', raw('{"alg":"HS256"}', '["ann"]')],
  ['a payload that is null', 'AUTH_INVALID', raw('{"alg":"HS256"}', 'null')],
  [
    'a payload that is no UTF-8',
    'AUTH_INVALID',
    `${b64('{"alg":"HS256"}')}.${b64(Uint8Array.of(0xff, 0xfe))}.x`,
  ],
  [
    'a payload nested ten thousand deep',
    'AUTH_INVALID',
    raw('{"alg":"HS256"}', '['.repeat(10_000)),
  ],
  ['a megabyte', 'AUTH_INVALID', 'a'.repeat(1_000_000)],
]

t.test(`tokens that are not what they seem: ${rows.length} cases`, async t => {
  for (const [name, expected, token, options] of rows)
    t.equal(await verify(token, options), expected, name)
})

t.test(
  'a token says how long it is good for, when it was issued and what it is called',
  async t => {
    const verifier = jwtVerifier({ keys: { secret: SECRET } }, new VirtualClock(NOW * 1_000))
    const proofOf = (payload: object): Promise<Proof | Denial> =>
      verifier.verify({ ...CLAIM, token: hs(payload) })
    t.match(await proofOf({ ...GOOD, jti: 'j1' }), {
      proven: true,
      expiresMs: 65_000,
      issuedAt: NOW * 1_000,
      tokenId: 'j1',
    })
    t.match(await proofOf({ sub: 'ann', exp: NOW + 1.5 }), {
      expiresMs: 6_500,
      issuedAt: 0,
      tokenId: '',
    })
    t.match(await proofOf({ ...GOOD, exp: NOW - 4 }), { expiresMs: 1_000 })
  },
)

/** A place where keys are published; the test says what it answers. */
const publish = async (
  t: Test,
): Promise<{
  url: string
  answer: { keys: object[]; status: number; body?: string }
  asked: () => number
}> => {
  const answer: { keys: object[]; status: number; body?: string } = { keys: [], status: 200 }
  let asked = 0
  const server: Server = createServer((_request, response) => {
    asked++
    response.statusCode = answer.status
    if (answer.status === 302) response.setHeader('location', '/other')
    response.end(answer.body ?? JSON.stringify({ keys: answer.keys }))
  })
  await new Promise<void>(resolve => void server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return { url: `http://127.0.0.1:${port}/`, answer, asked: () => asked }
}

/** A key pair with its published form, named `kid`. */
const pair = async (kid: string): Promise<{ jwk: object; token: (exp?: number) => string }> => {
  const keys = await generateKeyPair('ES256', { extractable: true })
  const key = createPrivateKey(await exportPKCS8(keys.privateKey))
  const jwk = { ...(await exportJWK(keys.publicKey)), kid, use: 'sig', alg: 'ES256' }
  return { jwk, token: (exp = NOW + 20 * DAY) => by('ES256', key, { kid }, { ...GOOD, exp }) }
}

t.test('published keys rotate: new ones are fetched, old ones are forgotten', async t => {
  const { url, answer, asked } = await publish(t)
  const clock = new VirtualClock(NOW * 1_000)
  const verifier = jwtVerifier({ keys: { jwksUrl: url } }, clock)
  const check = async (token: string): Promise<string> =>
    codeOf(await verifier.verify({ ...CLAIM, token }))
  const [first, second] = [await pair('k1'), await pair('k2')]
  answer.keys = [first.jwk]
  t.equal(await check(first.token()), 'OK')
  t.equal(await check(second.token()), 'AUTH_INVALID', 'not published yet')
  t.equal(asked(), 1, 'and not asked for at every stranger')
  answer.keys = [first.jwk, second.jwk]
  clock.advance(31_000)
  t.equal(await check(second.token()), 'OK', 'fetched because of it')
  answer.keys = [second.jwk]
  clock.advance(11 * 60_000)
  t.equal(await check(second.token()), 'OK')
  for (let tries = 0; tries < 1_000 && (await check(first.token())) === 'OK'; tries++)
    await new Promise(resolve => setTimeout(resolve, 1))
  t.equal(await check(first.token()), 'AUTH_INVALID', 'the old key is good no more')
})

t.test('while the publisher is away old keys stay good, and nothing new is let in', async t => {
  const { url, answer } = await publish(t)
  const clock = new VirtualClock(NOW * 1_000)
  const verifier = jwtVerifier({ keys: { jwksUrl: url } }, clock)
  const check = async (token: string): Promise<string> =>
    codeOf(await verifier.verify({ ...CLAIM, token }))
  const [known, unknown] = [await pair('k1'), await pair('k2')]
  for (const [status, body] of [
    [503, undefined],
    [200, 'not json'],
    [200, '{"keys":"none"}'],
    [200, '{}'],
    [302, undefined],
  ] as const) {
    answer.status = status
    if (body === undefined) delete answer.body
    else answer.body = body
    t.equal(await check(known.token()), 'UNAVAILABLE', `never had a key: ${status} ${body}`)
  }
  answer.status = 200
  delete answer.body
  answer.keys = [known.jwk]
  t.equal(await check(known.token()), 'OK')
  answer.status = 503
  for (let hours = 0; hours < 23; hours++) {
    clock.advance(3_600_000)
    t.equal(await check(known.token()), 'OK', `${hours + 1} hours later`)
    t.equal(await check(unknown.token()), 'UNAVAILABLE', 'who knows whether that key is good')
  }
  clock.advance(2 * 3_600_000)
  t.equal(await check(known.token()), 'UNAVAILABLE', 'a day later nobody knows any more')
  answer.status = 200
  t.equal(await check(known.token()), 'OK', 'back at once')
})

t.test('a published key of another use or kind does not check tokens', async t => {
  const { url, answer } = await publish(t)
  const { jwk, token } = await pair('k1')
  const secret = { kty: 'oct', k: b64(SECRET), kid: 'k1' }
  for (const [name, keys] of [
    ['for encryption', [{ ...jwk, use: 'enc' }]],
    ['for another algorithm', [{ ...jwk, alg: 'ES384' }]],
    ['a secret', [secret]],
  ] as const) {
    answer.keys = [...keys]
    const verifier = jwtVerifier({ keys: { jwksUrl: url } }, new VirtualClock(NOW * 1_000))
    t.equal(codeOf(await verifier.verify({ ...CLAIM, token: token() })), 'AUTH_INVALID', name)
    const forged = hs(GOOD, { alg: 'HS256', kid: 'k1' })
    t.equal(codeOf(await verifier.verify({ ...CLAIM, token: forged })), 'AUTH_INVALID', name)
  }
})
