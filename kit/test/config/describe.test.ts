import { Type } from '@sinclair/typebox'
import t from 'tap'
import { describe, printable } from '../../src/config/describe.ts'
import { choice, section } from '../../src/config/schema.ts'

const schema = section(
  {
    log: section(
      { level: choice(['debug', 'info'], { description: 'How much', default: 'info' }) },
      'Logging',
    ),
    apps: Type.Array(
      Type.Object({
        key: Type.String({ secret: true, description: 'API key' }),
        codes: Type.Array(Type.Integer()),
      }),
      { default: [], description: 'Apps' },
    ),
    store: Type.String({ secret: 'url', default: 'lmdb', description: 'Where' }),
    secret: Type.Optional(Type.String({ secret: true })),
  },
  'All',
)

t.test('each key that can be set is one row', async t => {
  t.strictSame(describe(schema), [
    {
      key: 'log.level',
      variable: 'LONGWIRE_LOG_LEVEL',
      type: 'debug | info',
      fallback: '"info"',
      description: 'How much',
    },
    { key: 'apps', variable: 'LONGWIRE_APPS', type: 'list', fallback: '[]', description: 'Apps' },
    { key: 'apps[].key', variable: '', type: 'text', fallback: '', description: 'API key' },
    { key: 'apps[].codes', variable: '', type: 'list', fallback: '', description: '' },
    {
      key: 'store',
      variable: 'LONGWIRE_STORE',
      type: 'text',
      fallback: '"lmdb"',
      description: 'Where',
    },
    { key: 'secret', variable: 'LONGWIRE_SECRET', type: 'text', fallback: '', description: '' },
  ])
})

t.test('secrets are masked, also in lists, and a url loses only its password', async t => {
  const config = {
    log: { level: 'info' },
    apps: [{ key: 'k-1', codes: [1] }],
    store: 'mongodb://user:pass@db1,db2/longwire',
    secret: 'hunter2',
  }
  t.strictSame(printable(schema, config), {
    log: { level: 'info' },
    apps: [{ key: '***', codes: [1] }],
    store: 'mongodb://user:***@db1,db2/longwire',
    secret: '***',
  })
  t.strictSame(printable(schema, { store: 'redis://:pass@h:1', secret: '' }), {
    store: 'redis://:***@h:1',
    secret: '',
  })
})
