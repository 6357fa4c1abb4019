import { spawnSync } from 'node:child_process'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { run } from '../support.ts'

const BIN = fileURLToPath(new URL('../../../bin/longwire.js', import.meta.url))
const SECRET = '0123456789abcdef0123456789abcdef'

interface Told {
  readonly verdict: string
  readonly findings: readonly {
    readonly check: string
    readonly status: string
    readonly found: string
    readonly why: string
    readonly mend: readonly string[]
  }[]
}

const told = (out: string): Told => JSON.parse(out) as Told
const statusOf = ({ findings }: Told, check: string): string | undefined =>
  findings.find(each => each.check === check)?.status

t.test('the command runs on this host, by itself and without rights', async t => {
  const data = t.testdir()
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [BIN, 'doctor', '--data', data, '--json'],
    { encoding: 'utf8', cwd: data },
  )
  const answer = told(stdout)
  t.equal(status, answer.findings.some(each => each.status === 'fail') ? 1 : 0, stderr)
  for (const check of ['node', 'websocket', 'config', 'disk-sync', 'disk-space'])
    t.ok(statusOf(answer, check), check)
  t.equal(statusOf(answer, 'node'), 'ok')
  t.equal(statusOf(answer, 'config'), 'ok')
})

t.test('a person reads what is wrong, why, and how to mend it', async t => {
  const data = t.testdir()
  const { out } = await run(['doctor', '--data', data])
  t.match(out, /Software\n {2}ok +node: Node /)
  t.match(out, /\d+ ok, \d+ to look at, \d+ failed, \d+ unknown\. .*docs\/tuning\.md/)
})

t.test('a configuration that does not suffice is told, and the rest is looked at', async t => {
  const data = t.testdir()
  const { code, out, err } = await run(['doctor', '--role', 'logic', '--data', data, '--json'])
  const answer = told(out)
  t.equal(code, 1)
  t.match(err, /failed: .*config/)
  t.equal(statusOf(answer, 'config'), 'fail')
  t.match(JSON.stringify(answer), 'set registry to redis://')
  t.equal(statusOf(answer, 'disk-sync') === undefined, false)
})

t.test('more sessions than files fail', async t => {
  const args = ['doctor', '--role', 'gate', '--sessions', '10000000', '--json']
  const { code, out } = await run(args)
  t.equal(code, 1)
  t.not(statusOf(told(out), 'open-files'), 'ok')
})

t.test('with several processes all of their ports are looked at', async t => {
  const env = {
    LONGWIRE_GATE_TCP_ADDRESS: '0.0.0.0:2100',
    LONGWIRE_GATE_WS_ADDRESS: '0.0.0.0:40000',
    LONGWIRE_GATE_PROBES_TCP: '0.0.0.0:41000',
    LONGWIRE_GATE_WORKERS: '3',
    LONGWIRE_REGISTRY: 'redis://127.0.0.1:1',
  }
  const text = JSON.stringify(told((await run(['doctor', '--role', 'gate', '--json'], env)).out))
  // What the kernel gives away differs from host to host: where it is these, all three are told.
  if (text.includes('40000')) t.match(text, '40000, 40001, 40002')
  if (text.includes('41000')) t.match(text, '41000, 41001, 41002')
  t.match(text, 'in each of 3 processes')
})

t.test('servers that are away are named, within their time', async t => {
  // Takes connections and says nothing.
  const mute = createServer()
  await new Promise<void>(resolve => mute.listen(0, '127.0.0.1', resolve))
  t.teardown(() => mute.close())
  const address = mute.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const { code, out } = await run(['doctor', '--role', 'logic', '--json'], {
    LONGWIRE_REGISTRY: `redis://someone:hidden@127.0.0.1:${port}`,
    LONGWIRE_ROUTES: 'redis://127.0.0.1:1',
    LONGWIRE_STORE: 'mongodb://127.0.0.1:1/x',
    LONGWIRE_CLUSTER_SECRET: SECRET,
    LONGWIRE_AUTH_KIND: 'jwt',
    LONGWIRE_AUTH_SECRET: SECRET,
  })
  const answer = told(out)
  t.equal(code, 1)
  t.equal(statusOf(answer, 'config'), 'ok')
  t.strictSame(
    answer.findings.filter(({ status }) => status === 'fail').map(({ check }) => check),
    ['redis', 'redis', 'mongo'],
  )
  t.notMatch(out, 'hidden')
  t.equal(statusOf(answer, 'disk-sync'), undefined, 'the store is not on this disk')
})

const redis = process.env['LONGWIRE_TEST_REDIS']
t.test(
  'a real Redis is reached',
  { skip: redis === undefined && 'no LONGWIRE_TEST_REDIS' },
  async t => {
    const { out } = await run(['doctor', '--role', 'gate', '--json'], {
      LONGWIRE_REGISTRY: redis ?? '',
      LONGWIRE_CLUSTER_SECRET: SECRET,
    })
    const answer = told(out)
    t.equal(statusOf(answer, 'redis') === 'fail', false)
    t.equal(statusOf(answer, 'clock-redis'), 'ok')
  },
)

const mongo = process.env['LONGWIRE_TEST_MONGO']
t.test(
  'a real store is reached',
  { skip: mongo === undefined && 'no LONGWIRE_TEST_MONGO' },
  async t => {
    const { out } = await run(['doctor', '--data', join(t.testdir(), 'x'), '--json'], {
      LONGWIRE_STORE: `${mongo}/doctor`,
    })
    t.equal(statusOf(told(out), 'mongo'), 'ok')
  },
)
