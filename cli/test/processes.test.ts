import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { readRunFile } from '../src/run-file.ts'
import { run } from './support.ts'

const BIN = fileURLToPath(new URL('../../bin/longwire.js', import.meta.url))
const FREE = '127.0.0.1:0'
const PORTS = {
  LONGWIRE_GATE_TCP_ADDRESS: FREE,
  LONGWIRE_GATE_WS_ADDRESS: FREE,
  LONGWIRE_HTTP_ADDRESS: FREE,
  LONGWIRE_BACKEND_ADDRESS: FREE,
}

t.setTimeout(120_000)

interface Started {
  readonly child: ChildProcess
  /** Resolves with everything printed so far, once it holds `text`. */
  prints(text: string): Promise<string>
  readonly exited: Promise<number | null>
}

const start = (
  t: Test,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Started => {
  const child = spawn(process.execPath, [BIN, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = once(child, 'close').then(() => child.exitCode)
  t.teardown(() => {
    child.kill('SIGKILL')
    return exited
  })
  let output = ''
  const gather = (chunk: Buffer): void => {
    output += chunk.toString()
    child.emit('printed')
  }
  child.stdout.on('data', gather)
  child.stderr.on('data', gather)
  return {
    child,
    exited,
    async prints(text) {
      while (!output.includes(text)) {
        const ended = await Promise.race([
          once(child, 'printed').then(() => false),
          exited.then(() => true),
        ])
        if (ended && !output.includes(text))
          throw new Error(`it ended without "${text}":\n${output}`)
      }
      return output
    },
  }
}

t.test('longwire all prints three lines that work as they are, and drains at SIGTERM', async t => {
  const data = t.testdir()
  const server = start(t, ['all', '--data', data], PORTS)
  const output = await server.prints('Ctrl-C')
  const lines = output.split('\n')
  const connect = lines.find(line => line.startsWith('npx longwire connect --uid alice')) ?? ''
  const curl = lines.find(line => line.startsWith('curl ')) ?? ''
  const mailbox = lines.find(line => line.startsWith('npx longwire mailbox --uid alice')) ?? ''

  const client = start(t, [...connect.split(' ').slice(2), '--count', '1'])
  await client.prints('connected as alice')
  const posted = spawn('sh', ['-c', curl], { stdio: 'ignore' })
  await once(posted, 'close')
  t.equal(posted.exitCode, 0)
  t.match(await client.prints('#1'), /#1 hello alice/)
  t.equal(await client.exited, 0)
  t.match(await run(mailbox.split(' ').slice(2)), { code: 0, out: /#1 +hello alice/ })

  server.child.kill('SIGTERM')
  t.equal(await server.exited, 0)
  t.notOk(existsSync(`${data}/run.json`))
})

t.test('the other commands work without flags next to a running server', async t => {
  const data = t.testdir()
  const server = start(t, ['all', '--data', data], PORTS)
  await server.prints('Ctrl-C')
  t.match(await run(['publish', '--uid', 'bob', '--body', 'hi', '--data', data]), {
    code: 0,
    out: /stored as #1 for bob/,
  })
  const json = await run(['mailbox', '--uid', 'bob', '--json', '--data', data])
  t.match(JSON.parse(json.out), { head: 1, messages: [{ seq: 1, body: 'hi' }] })
  const seen = await run([
    'connect',
    '--uid',
    'bob',
    '--transport',
    'ws',
    '--json',
    '--count',
    '1',
    '--data',
    data,
  ])
  t.match(JSON.parse(seen.out), { seq: 1, body: 'hi' })
})

t.test('a second server on the same data, or on taken ports, says so', async t => {
  const data = t.testdir()
  const server = start(t, ['all', '--data', data], PORTS)
  await server.prints('Ctrl-C')
  const { http = '', pid } = readRunFile(data) ?? {}
  const same = await run(['all', '--data', data], PORTS)
  t.equal(same.code, 1)
  t.match(same.err, `process ${pid}`)
  const taken = await run(['all', '--data', `${data}/other`], {
    ...PORTS,
    LONGWIRE_HTTP_ADDRESS: http.replace('http://', ''),
  })
  t.equal(taken.code, 2)
  t.match(
    taken.err,
    /http\.address is 127\.0\.0\.1:\d+, but another process listens on port \d+ \(LONGWIRE_HTTP_ADDRESS\)/,
  )
  t.match(taken.err, 'LONGWIRE_HTTP_ADDRESS=127.0.0.1:0 takes a free one')
})

t.test('without a server the commands say what is missing', async t => {
  const data = t.testdir({
    'run.json': JSON.stringify({ pid: 1, http: 'http://127.0.0.1:1', appcode: 1 }),
    'dev-keys.json': '{"secret":"s","key":"k"}',
  })
  t.match(await run(['mailbox', '--uid', 'a', '--data', data]), { code: 1, err: /does not answer/ })
  t.match(await run(['publish', '--uid', 'a', '--body', 'x', '--data', data]), {
    code: 1,
    err: /start it with npm start/,
  })
})

t.test('connect ends with 1 where the server refuses it for good', async t => {
  const data = t.testdir()
  const server = start(t, ['all', '--data', data], PORTS)
  await server.prints('Ctrl-C')
  t.match(await run(['connect', '--uid', 'bob', '--token', 'nonsense', '--data', data]), {
    code: 1,
    err: /AUTH_INVALID/,
  })
})

/** A connection that does not leave when it is told to. */
const stubborn = async (t: Test, data: string): Promise<void> => {
  const { hostname, port } = new URL(readRunFile(data)?.tcp ?? '')
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true })
  t.teardown(() => socket.destroy())
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  // A preamble, and no LOGIN.
  socket.write(Buffer.from([0xd5, 0x4d, 0x11, 0]))
  socket.resume()
}

t.test('a drain that its deadline ends exits with 3 and says what to make of it', async t => {
  const data = t.testdir()
  const server = start(t, ['all', '--data', data], { ...PORTS, LONGWIRE_DRAIN_DEADLINE_MS: '500' })
  await server.prints('Ctrl-C')
  await stubborn(t, data)
  const open = async (): Promise<boolean> => {
    const metrics = await fetch(`${readRunFile(data)?.http ?? ''}/metrics`)
    return (await metrics.text()).includes('longwire_gate_connections 1')
  }
  while (!(await open()));
  server.child.kill('SIGTERM')
  t.equal(await server.exited, 3)
  t.match(await server.prints('drain.deadlineMs'), /500 ms were not enough/)
})

t.test('a second SIGTERM ends a drain at once, with 143', async t => {
  const data = t.testdir()
  const server = start(t, ['all', '--data', data], PORTS)
  await server.prints('Ctrl-C')
  await stubborn(t, data)
  server.child.kill('SIGTERM')
  await server.prints('"msg":"draining"')
  // those that come right behind the first are its echo
  const again = setInterval(() => server.child.kill('SIGTERM'), 50)
  t.equal(await server.exited, 143)
  clearInterval(again)
})

t.test(
  'SIGHUP has the configuration read again, and one that is broken changes nothing',
  async t => {
    const folder = t.testdir()
    const config = join(folder, 'longwire.json')
    const write = (pingMaxMs: unknown): void =>
      writeFileSync(config, JSON.stringify({ gate: { limits: { pingMaxMs } } }))
    write(900_000)
    const server = start(t, ['all', '--data', join(folder, 'data'), '--config', config], {
      ...PORTS,
      LONGWIRE_LOG_LEVEL: 'info',
    })
    await server.prints('all is up')
    write(300_000)
    server.child.kill('SIGHUP')
    await server.prints('"maxMs":300000')
    write('soon')
    server.child.kill('SIGHUP')
    await server.prints('what was read before holds')
    write(600_000)
    server.child.kill('SIGHUP')
    const output = await server.prints('"maxMs":600000')
    t.equal(output.split('clients are told of other hints').length - 1, 2)
    server.child.kill('SIGTERM')
    t.equal(await server.exited, 0)
  },
)
