import t from 'tap'
import { commandOf } from './run-main.ts'

// Each call is a process of its own, on a machine that may be busy.
t.setTimeout(300_000)
const run = commandOf('main.js')

t.test('--help lists the scenarios and what each proves', { timeout: 300_000 }, async t => {
  const { code, out } = await run('--help')
  t.equal(code, 0)
  for (const name of [
    'idle',
    'unicast',
    'offline',
    'stalled',
    'churn',
    'race',
    'gatekill',
    'routes',
    'bytes',
    'codec',
  ]) {
    t.match(out, new RegExp(`^  ${name} +\\w`, 'm'))
  }
})

t.test(
  'what cannot be run ends with a reason and a non-zero code',
  { timeout: 300_000 },
  async t => {
    t.equal((await run()).code, 2)
    t.match(await run('nope'), { code: 1, err: /no scenario "nope"; there are idle/ })
    t.match(await run('bytes', 'idle'), { code: 1, err: /leave out idle/ })
    t.match(await run('churn', '--logins', 'many'), { code: 1, err: /--logins many/ })
    t.match(await run('bytes', '--fast'), { code: 1, err: /--fast/ })
  },
)

t.test('the bytes of a running server are those of PROTOCOL.md', { timeout: 300_000 }, async t => {
  const { code, out, err } = await run('bytes', '--quick', '--json')
  t.equal(code, 0, err)
  const json = JSON.parse(out.trim().split('\n').at(-1)!) as Record<string, unknown>
  t.match(json, {
    scenario: 'bytes',
    keepalive: 2,
    deliverAck100: 107,
    wsKeepalive: 10,
    wsDeliverAck100: 115,
  })
})
