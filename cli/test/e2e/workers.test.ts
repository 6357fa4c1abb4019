import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { createBackend } from '@longwire/client/backend'
import t, { type Test } from 'tap'
import { inherited, KEY, startLogicOnServices } from './cluster.ts'
import { Person } from './people.ts'
import { freePorts } from './ports.ts'
import { Waiters } from './waiters.ts'

const redis = process.env['LONGWIRE_TEST_REDIS'] ?? ''
const skip = redis === '' ? 'LONGWIRE_TEST_REDIS is not set' : false
const BIN = fileURLToPath(new URL('../../../bin/longwire.js', import.meta.url))

t.setTimeout(300_000)

interface Line {
  readonly msg: string
  readonly worker?: number
  readonly pid?: number
}

/** `longwire gate --workers`, and what it logs. */
class Supervised {
  readonly child: ChildProcess
  readonly lines: Line[] = []
  errors = ''
  readonly exited: Promise<number | null>
  readonly #waiters = new Waiters()

  constructor(t: Test, env: Readonly<Record<string, string>>, workers = 2) {
    const child = spawn(process.execPath, [BIN, 'gate', '--workers', String(workers)], {
      env: { ...inherited(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.child = child
    this.exited = once(child, 'exit').then(() => child.exitCode)
    t.teardown(() => {
      child.kill('SIGTERM')
      return this.exited
    })
    let rest = ''
    child.stdout.on('data', (chunk: Buffer) => {
      const parts = (rest + chunk.toString()).split('\n')
      rest = parts.pop() ?? ''
      for (const part of parts) this.lines.push(JSON.parse(part) as Line)
      this.#waiters.look()
    })
    child.stderr.on('data', (chunk: Buffer) => (this.errors += chunk.toString()))
  }

  logged(msg: string, count = 1): Promise<void> {
    return this.#waiters.until(() => this.all(msg).length >= count)
  }

  all(msg: string): Line[] {
    return this.lines.filter(line => line.msg === msg)
  }
}

/** A block of free ports. */
const freeBlock = async (count: number): Promise<number> => {
  for (;;) {
    const [first = 0] = await freePorts(1)
    const servers = Array.from({ length: count }, () => createServer())
    const bound = await Promise.all(
      servers.map(
        (server, n) =>
          new Promise<boolean>(resolve => {
            server.once('error', () => resolve(false))
            server.listen(first + n, '127.0.0.1', () => resolve(true))
          }),
      ),
    )
    await Promise.all(servers.map(server => new Promise(resolve => server.close(resolve))))
    if (bound.every(Boolean)) return first
  }
}

const set = async (t: Test) => {
  const cluster = await startLogicOnServices(t, redis, 'lmdb')
  const [tcp, ws, [operations = 0]] = await Promise.all([freeBlock(2), freeBlock(2), freePorts(1)])
  const env = {
    ...cluster.env,
    LONGWIRE_NODE_NAME: 'edge',
    LONGWIRE_GATE_TCP_ADDRESS: `127.0.0.1:${tcp}`,
    LONGWIRE_GATE_WS_ADDRESS: `127.0.0.1:${ws}`,
    LONGWIRE_GATE_OPERATIONS_ADDRESS: `127.0.0.1:${operations}`,
  }
  return { cluster, env, tcp, ws, operations: `http://127.0.0.1:${operations}` }
}

t.test(
  'one worker killed: only its clients come back, each message arrives once',
  { skip },
  async t => {
    const { cluster, env, tcp, ws, operations } = await set(t)
    const gate = new Supervised(t, env)
    await gate.logged('all workers are up')
    const up = gate.all('a worker is up')
    t.strictSame(new Set(up.map(({ worker }) => worker)), new Set([0, 1]))

    const people = Array.from({ length: 8 }, (_, n) => {
      const own = n % 2
      const urls = n < 4 ? [`tcp://127.0.0.1:${tcp + own}`] : [`ws://127.0.0.1:${ws + own}`]
      return new Person(`worker-${n}`, urls)
    })
    await Promise.all(people.map(person => person.comesOnline(t)))
    const listed = async (): Promise<string> => {
      const headers = { authorization: `Bearer ${KEY}` }
      return (await fetch(`${cluster.http}/v1/gates`, { headers })).text()
    }
    // Logic reads the registry once a second.
    let names = await listed()
    while (!names.includes('edge-0') || !names.includes('edge-1')) names = await listed()
    t.match(names, /edge-[01].*edge-[01]/)
    const metrics = await (await fetch(`${operations}/metrics`)).text()
    t.match(metrics, /longwire_gate_sessions\{worker="0"\} 4\n/)
    t.match(metrics, /longwire_gate_sessions\{worker="1"\} 4\n/)
    t.match(metrics, /longwire_workers_up 2\n/)

    const backend = createBackend({ url: cluster.backend, key: KEY, timeoutMs: 60_000 })
    t.teardown(() => backend.close())
    const publish = async (from: number, to: number): Promise<void> => {
      for (let n = from; n < to; n++)
        await Promise.all(
          people.map(({ uid }) =>
            backend.publish({ to: { uid, appcode: 1 }, msgtype: 1, body: `m${n}` }),
          ),
        )
    }
    await publish(0, 20)
    const victim = up.find(({ worker }) => worker === 1)?.pid ?? 0
    process.kill(victim, 'SIGKILL')
    await publish(20, 40)
    await gate.logged('all workers are up', 2)
    await publish(40, 60)
    await Promise.all(people.map(person => person.until(() => person.heard.length >= 60)))
    const wanted = Array.from({ length: 60 }, (_, n) => `m${n}`)
    for (const [n, person] of people.entries()) {
      t.strictSame(person.heard, wanted, `${person.uid} got each message once, in order`)
      t.equal(person.disconnects > 0, n % 2 === 1, `${person.uid} of worker ${n % 2}`)
    }
    t.match(
      await (await fetch(`${operations}/metrics`)).text(),
      /longwire_worker_ends_total\{worker="1"\} 1\n/,
    )
    t.match(await (await fetch(`${operations}/readyz`)).json(), {
      ready: true,
      parts: { 'worker-0.trunk': 'ok', 'worker-1.trunk': 'ok' },
    })

    gate.child.kill('SIGTERM')
    t.equal(await gate.exited, 0, 'all of them drained')
    t.equal(gate.all('gate has stopped').length, 2)
  },
)

t.test('a worker that never stays up ends the supervisor with an error', { skip }, async t => {
  const { env, tcp } = await set(t)
  const gate = new Supervised(t, env)
  await gate.logged('all workers are up')
  const victim = gate.all('a worker is up').find(({ worker }) => worker === 1)?.pid ?? 0
  const exited = once(gate.child, 'exit')
  process.kill(victim, 'SIGKILL')
  await gate.logged('a worker ended: it is started again')
  // Somebody else takes its port before it is back.
  const thief = createServer()
  t.teardown(() => new Promise<void>(resolve => thief.close(() => resolve())))
  await new Promise<void>(resolve => thief.listen(tcp + 1, '127.0.0.1', resolve))
  const [code] = (await exited) as [number | null]
  t.equal(code, 1)
  t.match(
    gate.errors,
    /worker 1 ended 5 times in a row within 10 s of its start, the last time with exit code 2/,
  )
  t.match(gate.errors, /another process listens on port/, 'and the worker says why')
})

t.test('workers whose supervisor is killed drain and end', { skip }, async t => {
  const { env } = await set(t)
  const gate = new Supervised(t, env)
  await gate.logged('all workers are up')
  const exited = once(gate.child, 'exit')
  gate.child.kill('SIGKILL')
  await exited
  await gate.logged('gate has stopped', 2)
  t.equal(gate.all('the supervisor is gone: this worker drains').length, 2)
})
