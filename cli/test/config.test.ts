import { ConfigError, loadConfig } from '@longwire/kit'
import t from 'tap'
import { CONFIG, rulesFor, type Config, type Role } from '../src/config.ts'

const problemsOf = (role: Role, overrides: object): string => {
  try {
    loadConfig(CONFIG, { overrides, rules: (config: Config) => rulesFor(role)(config) })
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
  return ''
}

const SECRET = '0123456789abcdef0123456789abcdef'
const cluster = {
  cluster: { secret: SECRET },
  registry: 'redis://r:6379',
  routes: 'redis://r:6379',
  auth: { kind: 'jwt', secret: SECRET },
}

t.test('longwire all needs no configuration', async t => {
  t.equal(problemsOf('all', {}), '')
})

t.test('gate and logic run with one configuration', async t => {
  t.equal(problemsOf('gate', cluster), '')
  t.equal(problemsOf('logic', cluster), '')
  t.equal(problemsOf('dispatcher', { registry: cluster.registry }), '')
})

const wrong: readonly { name: string; role: Role; overrides: object; says: readonly string[] }[] = [
  {
    name: 'a dispatcher by itself without Redis',
    role: 'dispatcher',
    overrides: { dispatcher: { address: 'off' } },
    says: ['registry is memory', 'dispatcher.address is off'],
  },
  {
    name: 'networks that are none, or named by nobody',
    role: 'all',
    overrides: {
      dispatcher: {
        nets: [
          { name: 'north', blocks: ['10.0.0.0/33'] },
          { name: 'north', blocks: [] },
        ],
        sign: { keyFile: 'a.pem', secret: SECRET },
      },
      gate: { public: { addresses: [{ url: 'tls://1.2.3.4:1', net: 'mars' }], appcodes: [7] } },
    },
    says: [
      'dispatcher.nets[0].blocks holds "10.0.0.0/33"',
      'dispatcher.nets[1].name is north, which an earlier row has',
      'dispatcher.sign has two keys',
      'gate.public.addresses[0].net is mars',
      'use one of north',
      'gate.public.appcodes names 7',
    ],
  },
  {
    name: 'a logic by itself without Redis',
    role: 'logic',
    overrides: {},
    says: [
      'auth.kind is dev',
      'registry is memory',
      'routes is memory',
      'cluster.secret is missing',
    ],
  },
  {
    name: 'a gate by itself without Redis',
    role: 'gate',
    overrides: {},
    says: ['registry is memory', 'set registry to redis://', 'cluster.secret is missing'],
  },
  {
    name: 'jwt without a key',
    role: 'all',
    overrides: { auth: { kind: 'jwt' } },
    says: ['auth has no key', 'auth.jwksUrl'],
  },
  {
    name: 'jwt with two kinds of keys',
    role: 'all',
    overrides: { auth: { kind: 'jwt', secret: SECRET, jwksUrl: 'https://x/y' } },
    says: ['auth has several kinds of keys'],
  },
  {
    name: 'a webhook without its URL',
    role: 'all',
    overrides: { auth: { kind: 'webhook' } },
    says: ['auth.webhookUrl is missing'],
  },
  {
    name: 'a short secret',
    role: 'all',
    overrides: { auth: { secret: 'short' } },
    says: ['auth.secret is the value', 'at least 32 bytes'],
  },
  {
    name: 'a wildcard trunk that nobody can dial',
    role: 'logic',
    overrides: { ...cluster, trunk: { address: '0.0.0.0:7003' } },
    says: ['trunk.advertise is missing'],
  },
  {
    name: 'webhooks that cannot work',
    role: 'all',
    overrides: {
      webhooks: [
        { name: 'crm', url: 'https://x.example/y', secret: SECRET, appcodes: [3] },
        { name: 'crm', url: 'http://me:pw@x.example', secret: SECRET, allow: ['10.0.0.0/99'] },
      ],
    },
    says: [
      'webhooks[0].appcodes names 3, which is not in presence.appcodes',
      'webhooks[1].name is crm, which an earlier row has',
      'webhooks[1].url holds a user',
      'webhooks[1].allow "10.0.0.0/99" is not a CIDR block',
      'presence.appcodes is empty, so there are no events for webhooks',
    ],
  },
  {
    name: 'presence of an appcode that is not known, kept for less than the grace',
    role: 'all',
    overrides: {
      presence: { appcodes: [1, 9], retentionHours: 1 },
      mailbox: { graceSeconds: 7_200 },
    },
    says: ['presence.appcodes names 9', 'presence.retentionHours is 1, not more than'],
  },
  {
    name: 'an appcode twice',
    role: 'all',
    overrides: { apps: [{ appcode: 1 }, { appcode: 1 }] },
    says: ['apps[1].appcode is 1, which an earlier row has'],
  },
  {
    name: 'a business that may push to nobody known',
    role: 'all',
    overrides: { businesses: [{ name: 'shop', key: SECRET, appcodes: [1, 9] }] },
    says: ['businesses[0].appcodes names 9', 'use some of 1'],
  },
  {
    name: 'a gate that listens nowhere',
    role: 'all',
    overrides: { gate: { tcp: { address: 'off' }, ws: { address: 'off' } } },
    says: ['gate listens nowhere'],
  },
  {
    name: 'an address without a port',
    role: 'all',
    overrides: { http: { address: 'localhost' } },
    says: ['http.address is "localhost"', 'for example http.address: "127.0.0.1:7080"'],
  },
  {
    name: 'an unknown store',
    role: 'all',
    overrides: { store: 'postgres://x' },
    says: ['store is the value, which is not valid', 'mongodb://host/database'],
  },
]

for (const { name, role, overrides, says } of wrong) {
  t.test(`${name} is explained`, async t => {
    const message = problemsOf(role, overrides)
    for (const part of says) t.match(message, part)
  })
}
