import { statSync } from 'node:fs'
import t from 'tap'
import { devKeysOf, readDevKeys } from '../src/dev-keys.ts'
import { run } from './support.ts'

t.test('--help teaches with examples, and every command has its own', async t => {
  const { code, out } = await run(['--help'])
  t.equal(code, 0)
  for (const part of ['First steps', 'npx longwire connect --uid alice', 'Exit codes'])
    t.match(out, part)
  for (const name of [
    'all',
    'gate',
    'logic',
    'connect',
    'publish',
    'mailbox',
    'online',
    'events',
    'gates',
    'hint',
    'networks',
    'revoke',
    'drain',
    'rebalance',
    'release',
    'operations',
    'audit',
    'token',
    'config',
  ]) {
    t.match(out, new RegExp(`^ {2}${name} `, 'm'))
    const help = await run([name, '--help'])
    t.equal(help.code, 0)
    t.match(help.out, `Usage: longwire ${name}`)
  }
})

t.test('config --help lists every key with its variable', async t => {
  const { out } = await run(['config', '--help'])
  for (const part of [
    'http.address (text) ["127.0.0.1:7080"]',
    'LONGWIRE_HTTP_ADDRESS',
    'LONGWIRE_MAILBOX_MAX_MESSAGES',
    'businesses[].key',
  ])
    t.match(out, part)
})

const wrong: readonly { args: readonly string[]; env?: Record<string, string>; says: string }[] = [
  { args: ['conect'], says: 'Did you mean connect?' },
  { args: ['connect'], says: "required option '--uid <uid>' not specified" },
  { args: ['mailbox', '--uid', 'a', '--limit', 'many'], says: 'Use a whole number from 1 to 1000' },
  {
    args: ['connect', '--uid', 'a', '--transport', 'pigeon'],
    says: 'Allowed choices are tcp, tls, ws, wss',
  },
  { args: ['config', '--config', '/nowhere.yaml'], says: '/nowhere.yaml does not exist' },
  {
    args: ['all'],
    env: { LONGWIRE_LOG_LEVEL: 'loud' },
    says: 'log.level is "loud" (LONGWIRE_LOG_LEVEL)',
  },
  {
    args: ['all'],
    env: { LONGWIRE_GATE_TCP_TLS: '{"certFile":"/nowhere.pem","keyFile":"/nowhere.key"}' },
    says: 'gate.tcp.tls.certFile is /nowhere.pem, which cannot be read (LONGWIRE_GATE_TCP_TLS)',
  },
  { args: ['gate'], says: 'registry is memory' },
  {
    args: ['connect', '--uid', 'a', '--data', '/nowhere'],
    says: 'no Longwire runs with the data in /nowhere',
  },
  {
    args: ['mailbox', '--uid', 'a', '--data', '/nowhere'],
    says: 'which server to ask is not known',
  },
  {
    args: ['publish', '--uid', 'a', '--data', '/nowhere', '--url', 'http://127.0.0.1:1'],
    says: 'an API key is not known',
  },
  {
    args: ['publish', '--uid', 'a', '--url', 'http://127.0.0.1:1', '--key', 'k'],
    says: 'there is nothing to publish',
  },
  {
    args: ['token', '--uid', 'a', '--data', '/nowhere'],
    says: 'a key to sign tokens is not known',
  },
]
for (const { args, env, says } of wrong) {
  t.test(`longwire ${args.join(' ')} ends with 2 and says what to do`, async t => {
    const { code, err } = await run(args, env)
    t.equal(code, 2)
    t.match(err, says)
  })
}

t.test('config --print shows where each value comes from, and no secret', async t => {
  const secret = '0123456789abcdef0123456789abcdef'
  const env = {
    LONGWIRE_AUTH_SECRET: secret,
    LONGWIRE_STORE: 'mongodb://u:hunter2@db/x',
    LONGWIRE_HTTP_ADRESS: 'x:1',
  }
  const { code, out, err } = await run(['config', '--print'], env)
  t.equal(code, 0)
  t.match(out, /^auth\.secret: "\*\*\*" +# LONGWIRE_AUTH_SECRET$/m)
  t.match(out, /^store: "mongodb:\/\/u:\*\*\*@db\/x" +# LONGWIRE_STORE$/m)
  t.match(out, /^log\.level: "info" +# default$/m)
  t.notMatch(out, secret)
  t.match(err, 'did you mean LONGWIRE_HTTP_ADDRESS?')
})

t.test('config checks for the role asked', async t => {
  t.match(await run(['config']), { code: 0, out: /is good for longwire all/ })
  t.match(await run(['config', '--role', 'logic']), { code: 2, err: /auth.kind is dev/ })
})

t.test('development keys are made once and only their owner may read them', async t => {
  const data = `${t.testdir()}/new/data`
  t.equal(readDevKeys(data), undefined)
  const keys = devKeysOf(data)
  t.strictSame(devKeysOf(data), keys)
  t.strictSame(readDevKeys(data), keys)
  t.equal(statSync(`${data}/dev-keys.json`).mode & 0o777, 0o600)
})

t.test('a token carries uid and end, signed with the development secret', async t => {
  const data = t.testdir()
  devKeysOf(data)
  const { code, out } = await run(['token', '--uid', 'alice', '--data', data, '--ttl', '60'])
  t.equal(code, 0)
  const payload: unknown = JSON.parse(Buffer.from(out.split('.')[1] ?? '', 'base64url').toString())
  t.match(payload, { sub: 'alice', iat: Number, exp: Number })
})
