import { Type } from '@sinclair/typebox'
import t from 'tap'
import { loadConfig, type ConfigSources } from '../../src/config/load.ts'
import { ConfigError } from '../../src/config/problem.ts'
import { choice, section } from '../../src/config/schema.ts'

const schema = section(
  {
    log: section(
      { level: choice(['debug', 'info'], { description: 'How much is logged', default: 'info' }) },
      'Logging',
    ),
    http: section(
      {
        address: Type.String({
          pattern: '^.+:\\d+$',
          default: '127.0.0.1:7080',
          description: 'Where the API listens',
        }),
        tls: Type.Optional(
          Type.Object({ cert: Type.String(), key: Type.String() }, { additionalProperties: false }),
        ),
      },
      'The API',
    ),
    mailbox: section(
      {
        maxMessages: Type.Integer({
          minimum: 1,
          maximum: 1_000,
          default: 100,
          description: 'Messages kept',
        }),
        trim: Type.Boolean({ default: true }),
      },
      'Mailboxes',
    ),
    apps: Type.Array(
      Type.Object(
        { appcode: Type.Integer(), system: Type.String({ default: 'main' }) },
        { additionalProperties: false },
      ),
      { default: [{ appcode: 1 }] },
    ),
    secret: Type.Optional(Type.String({ minLength: 8, secret: true })),
  },
  'All',
)

const problemsOf = (sources: ConfigSources): string => {
  try {
    loadConfig(schema, sources)
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
  return ''
}

t.test('without sources every value is its default', async t => {
  const { config, origin, warnings } = loadConfig(schema, {})
  t.strictSame(config, {
    log: { level: 'info' },
    http: { address: '127.0.0.1:7080' },
    mailbox: { maxMessages: 100, trim: true },
    apps: [{ appcode: 1, system: 'main' }],
  })
  t.equal(origin('http.address'), 'default')
  t.strictSame(warnings, [])
})

t.test('the command line beats the environment, which beats the file, key by key', async t => {
  const file = `${t.testdir({ 'c.yaml': 'http:\n  address: file:1\nmailbox:\n  maxMessages: 7\n  trim: false\n' })}/c.yaml`
  const { config, origin } = loadConfig(schema, {
    file,
    env: { LONGWIRE_HTTP_ADDRESS: 'env:2', LONGWIRE_MAILBOX_MAX_MESSAGES: '8', PATH: '/bin' },
    overrides: { http: { address: 'flag:3' } },
  })
  t.match(config, { http: { address: 'flag:3' }, mailbox: { maxMessages: 8, trim: false } })
  t.equal(origin('http.address'), 'command line')
  t.equal(origin('mailbox.maxMessages'), 'LONGWIRE_MAILBOX_MAX_MESSAGES')
  t.equal(origin('mailbox.trim'), `${file}:5`)
  t.equal(origin('log.level'), 'default')
})

t.test('a JSON file and an empty file are read too', async t => {
  const dir = t.testdir({
    'c.json': '{\n  "mailbox": { "maxMessages": 7 }\n}',
    'empty.yaml': '# nothing yet\n',
  })
  t.equal(loadConfig(schema, { file: `${dir}/c.json` }).config.mailbox.maxMessages, 7)
  t.equal(loadConfig(schema, { file: `${dir}/empty.yaml` }).config.mailbox.maxMessages, 100)
})

t.test('lists and groups come as JSON from the environment', async t => {
  const env = {
    LONGWIRE_APPS: '[{"appcode":5,"system":"x"}]',
    LONGWIRE_HTTP: '{"address":"a:1"}',
    LONGWIRE_HTTP_TLS: '{"cert":"c","key":"k"}',
    LONGWIRE_MAILBOX_TRIM: 'false',
  }
  const { config, origin } = loadConfig(schema, { env })
  t.match(config, {
    apps: [{ appcode: 5, system: 'x' }],
    http: { address: 'a:1', tls: { cert: 'c', key: 'k' } },
    mailbox: { trim: false },
  })
  t.equal(origin('apps[0].appcode'), 'LONGWIRE_APPS')
  t.equal(origin('http.address'), 'LONGWIRE_HTTP')
})

const wrong: readonly {
  name: string
  yaml?: string
  env?: Record<string, string>
  says: readonly (string | RegExp)[]
}[] = [
  {
    name: 'a misspelt key names the nearest one and its line',
    yaml: 'log:\n  level: info\nhtpp:\n  address: a:1\n',
    says: ['htpp is not a known key', '/c.yaml:3', 'did you mean http?'],
  },
  {
    name: 'a misspelt inner key',
    yaml: 'mailbox: { maxMesages: 3 }',
    says: ['mailbox.maxMesages is not', 'did you mean mailbox.maxMessages?'],
  },
  {
    name: 'a key at the wrong place names the right place',
    yaml: 'maxMessages: 3',
    says: ['maxMessages is not', 'did you mean mailbox.maxMessages?'],
  },
  {
    name: 'a key like no other lists those there are',
    yaml: 'log: { zzzzzzzz: 3 }',
    says: ['known keys here: level'],
  },
  {
    name: 'a wrong type',
    yaml: 'mailbox: { maxMessages: many }',
    says: [
      'mailbox.maxMessages is text, but must be a whole number',
      'Messages kept',
      'for example mailbox.maxMessages: 100',
    ],
  },
  {
    name: 'a wrong type of a variable',
    env: { LONGWIRE_MAILBOX_MAX_MESSAGES: 'x' },
    says: ['mailbox.maxMessages is text', '(LONGWIRE_MAILBOX_MAX_MESSAGES)'],
  },
  {
    name: 'a number out of range',
    yaml: 'mailbox: { maxMessages: 0 }',
    says: ['is 0, but must be >= 1'],
  },
  {
    name: 'a word that is not in the list',
    yaml: 'log: { level: loud }',
    says: ['log.level is "loud"', 'use one of debug, info'],
  },
  {
    name: 'a pattern',
    yaml: 'http: { address: here }',
    says: ['http.address is "here"', 'Where the API listens', '127.0.0.1:7080'],
  },
  {
    name: 'a missing key',
    yaml: 'http: { tls: { cert: c } }',
    says: ['http.tls.key is missing', 'LONGWIRE_HTTP_TLS_KEY'],
  },
  {
    name: 'a key within a list',
    yaml: 'apps:\n  - appcode: 1\n  - { appcode: x }\n',
    says: ['apps[1].appcode is text', '/c.yaml:3'],
  },
  {
    name: 'an unknown key within a list',
    yaml: 'apps: [{ appcode: 1, sytem: x }]',
    says: ['apps[0].sytem is not', 'did you mean apps[0].system?'],
  },
  {
    name: 'a list that should be a group',
    yaml: 'http: []',
    says: ['http is a list, but must be a group of keys'],
  },
  { name: 'a group that is empty', yaml: 'http:\n', says: ['http is empty, but must be a group'] },
  { name: 'a file that is a list', yaml: '- 1\n', says: [/c.yaml holds no keys/] },
  {
    name: 'broken YAML',
    yaml: 'http:\n  address: "a\nlog: 1',
    says: ['cannot be read as YAML or JSON', /correct line \d+/],
  },
  {
    name: 'broken JSON in a variable',
    env: { LONGWIRE_APPS: '[{' },
    says: ['apps is not valid JSON', '(LONGWIRE_APPS)'],
  },
  {
    name: 'a dangerous key',
    yaml: '__proto__: { polluted: true }',
    says: ['__proto__ is not a known key'],
  },
]

for (const { name, yaml, env, says } of wrong) {
  t.test(`${name} is explained`, async t => {
    const file = yaml === undefined ? undefined : `${t.testdir({ 'c.yaml': yaml })}/c.yaml`
    const message = problemsOf({ file, env: env ?? {} })
    for (const part of says) t.match(message, part)
    t.notOk('polluted' in {})
  })
}

t.test('all problems are told at once', async t => {
  const file = `${t.testdir({ 'c.yaml': 'htpp: 1\nlog: { level: loud }\n' })}/c.yaml`
  const message = problemsOf({ file, env: { LONGWIRE_MAILBOX_TRIM: 'maybe', LONGWIRE_APPS: '{' } })
  for (const part of ['htpp', 'log.level', 'mailbox.trim', 'apps']) t.match(message, part)
})

t.test('a secret is not repeated in a complaint', async t => {
  const message = problemsOf({ env: { LONGWIRE_SECRET: 'hunter2' } })
  t.match(message, 'secret is the value')
  t.notMatch(message, 'hunter2')
})

t.test('a file that is not there is named', async t => {
  t.match(problemsOf({ file: '/nowhere/c.yaml' }), /^\/nowhere\/c.yaml does not exist/)
})

t.test('rules see a whole configuration and are located like the rest', async t => {
  t.throws(
    () =>
      loadConfig(schema, {
        env: { LONGWIRE_HTTP_ADDRESS: 'a:1' },
        rules: ({ http }) =>
          http.address === 'a:1'
            ? [{ path: 'http.address', problem: 'is taken', remedy: 'use another' }]
            : [],
      }),
    { message: 'http.address is taken (LONGWIRE_HTTP_ADDRESS)\n  → use another' },
  )
})

t.test('a variable that looks like a typing error is a warning, a foreign one is not', async t => {
  const { warnings } = loadConfig(schema, {
    env: {
      LONGWIRE_HTTP_ADRESS: 'a:1',
      LONGWIRE_PORT_7001_TCP: 'tcp://10.0.0.1',
      LONGWIRE_PORT: 'x',
    },
  })
  t.strictSame(warnings, ['LONGWIRE_HTTP_ADRESS sets nothing; did you mean LONGWIRE_HTTP_ADDRESS?'])
})
