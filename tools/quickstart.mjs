// Does what a new user does, on a fresh clone of what is committed: npm start, then every line it prints.
//   node tools/quickstart.mjs
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const READY_GOAL_MS = 60_000
const READY_MS = 180_000
const STOP_MS = 10_000
const COMMAND_MS = 30_000
const PORTS = ['GATE_TCP', 'GATE_WS', 'HTTP', 'BACKEND']

const folder = mkdtempSync(join(tmpdir(), 'longwire-quickstart-'))
const clone = join(folder, 'longwire')
/** What runs, to be stopped whatever happens. */
const running = new Set()

const seconds = ms => `${(ms / 1000).toFixed(1)} s`

const expect = (holds, problem) => {
  if (!holds) throw new Error(problem)
}

const expectSame = (found, wanted, what) =>
  expect(
    isDeepStrictEqual(found, wanted),
    `${what}: ${JSON.stringify(found)} instead of ${JSON.stringify(wanted)}`,
  )

const freePorts = async count => {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  const ports = []
  for (const server of servers) {
    if (!server.listening) await once(server, 'listening')
    ports.push(server.address().port)
  }
  for (const server of servers) await once(server.close(), 'close')
  return ports
}

/** The environment of a person's terminal: nothing of this repository or of the npm that runs this. */
const cleanEnvironment = () => {
  const inherited =
    /^(npm_(package|lifecycle|command|execpath|node_execpath|config_(local_prefix|loglevel))|INIT_CWD$|LONGWIRE_|NODE_OPTIONS$)/
  const rows = Object.entries(process.env).filter(([name]) => !inherited.test(name))
  const path = (process.env.PATH ?? '').split(delimiter).filter(entry => !entry.startsWith(ROOT))
  return { ...Object.fromEntries(rows), PATH: path.join(delimiter), NO_COLOR: '1' }
}

/** A command line in a terminal of its own: a process group, as a shell would make one. */
class Terminal {
  out = ''
  errors = ''
  /** Exit code of the first process, or the name of the signal that ended it. */
  code
  /** Resolves when every process that could print has ended. */
  closed

  constructor(line, env) {
    this.line = line
    this.process = spawn(line, {
      cwd: clone,
      env,
      shell: true,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    running.add(this)
    this.process.stdout.setEncoding('utf8').on('data', text => (this.out += text))
    this.process.stderr.setEncoding('utf8').on('data', text => (this.errors += text))
    this.process.on('exit', (code, signal) => (this.code = signal ?? code))
    this.closed = once(this.process, 'close')
  }

  get lines() {
    return this.out.split('\n').slice(0, -1)
  }

  /** What `connect` printed: the text behind each `#seq`. */
  get messages() {
    return this.lines.map(line => / #\d+ (.*)$/.exec(line)?.[1]).filter(text => text !== undefined)
  }

  /** Resolves once `found` is true; rejects when the command ends before, or after `ms`. */
  async until(found, ms, what) {
    const end = Date.now() + ms
    while (!found()) {
      this.expect(this.code === undefined, `ended with ${this.code} before it was ${what}`)
      this.expect(Date.now() < end, `was not ${what} within ${seconds(ms)}`)
      await sleep(20)
    }
  }

  /** Waits until all of it has ended. */
  async over(ms, after) {
    const limit = new AbortController()
    const late = sleep(ms, 'late', { signal: limit.signal }).catch(() => undefined)
    const first = await Promise.race([this.closed, late])
    limit.abort()
    const what = this.code === undefined ? 'it' : `it ended with ${this.code}, but a child of it`
    this.expect(first !== 'late', `${what} still runs ${seconds(ms)} after ${after}`)
    for (let tries = 0; this.alive && tries < 50; tries++) await sleep(20)
    this.expect(!this.alive, `ended after ${after}, but a process of it is left`)
    running.delete(this)
    return this.code
  }

  expect(holds, problem) {
    expect(holds, `"${this.line}": ${problem}\n${this.tail}`)
  }

  /** Whether any process of the group is left. */
  get alive() {
    try {
      process.kill(-this.process.pid, 0)
      return true
    } catch {
      return false
    }
  }

  /** Sends `signal` to the group (Ctrl-C does that) or to the first process only (`kill` does that). */
  async end(signal, { group = true } = {}) {
    process.kill(group ? -this.process.pid : this.process.pid, signal)
    return this.over(STOP_MS, signal)
  }

  async destroy() {
    for (const signal of ['SIGTERM', 'SIGKILL']) {
      for (let tries = 0; this.alive && tries < 100; tries++) {
        if (tries === 0) process.kill(-this.process.pid, signal)
        await sleep(50)
      }
    }
    running.delete(this)
  }

  /** The last lines, to see why. */
  get tail() {
    const text = `${this.out}\n${this.errors}`.trim().split('\n').slice(-120)
    return [`$ ${this.line}`, ...text].map(line => `      ${line}`).join('\n')
  }
}

const environment = cleanEnvironment()
/** What is known so far of the server and of its mailbox. */
const known = { ports: [], server: undefined, lines: {}, mailbox: undefined }

/** Runs a command to its end and gives what it printed. */
const run = async line => {
  const terminal = new Terminal(line, environment)
  const code = await terminal.over(COMMAND_MS, 'its start')
  terminal.expect(code === 0, `ended with ${code}`)
  return terminal.out
}

const startServer = async () => {
  const addresses = PORTS.map((name, at) => [
    `LONGWIRE_${name}_ADDRESS`,
    `127.0.0.1:${String(known.ports[at])}`,
  ])
  const began = performance.now()
  const server = new Terminal('exec npm start', {
    ...environment,
    ...Object.fromEntries(addresses),
  })
  known.server = server
  const line = start => server.lines.find(text => text.startsWith(start))
  await server.until(() => line('npx longwire mailbox') !== undefined, READY_MS, 'ready')
  known.lines = {
    connect: line('npx longwire connect'),
    curl: line('curl '),
    mailbox: line('npx longwire mailbox'),
    ws: /wss?:\/\/\S+/.exec(server.out)?.[0],
  }
  return performance.now() - began
}

const connect = async extra => {
  const terminal = new Terminal(`${known.lines.connect}${extra}`, environment)
  const connected = () => terminal.errors.includes('connected as')
  await terminal.until(connected, COMMAND_MS, 'connected')
  return terminal
}

/** The curl line with another body. */
const publish = async body => {
  const { curl } = known.lines
  const line = curl.replace(/"body":"[^"]*"/, () => `"body":${JSON.stringify(body)}`)
  expect(body === undefined || line.includes(body), `the curl line names no body: ${curl}`)
  const answer = JSON.parse(await run(line))
  expect(typeof answer.msgid === 'string', `curl was answered ${JSON.stringify(answer)}`)
}

/** Waits for the last message, leaves as a person would, and gives all that was printed. */
const messagesUntil = async (terminal, last) => {
  await terminal.until(() => terminal.messages.includes(last), COMMAND_MS, `showing "${last}"`)
  await terminal.end('SIGINT')
  return terminal.messages
}

const stopServer = async (signal, options) => {
  const began = performance.now()
  const { server } = known
  try {
    const code = await server.end(signal, options)
    server.expect(code === 0, `ended with ${code} after ${signal}`)
  } finally {
    await server.destroy()
  }
  return seconds(performance.now() - began)
}

let client

// A step gives what is to be said about it. Without an essential one the rest makes no sense.
const STEPS = [
  {
    title: 'git clone',
    essential: true,
    async work() {
      const git = (...args) => spawnSync('git', args, { cwd: ROOT, encoding: 'utf8' })
      const cloned = git('clone', '--quiet', ROOT, clone)
      expect(cloned.status === 0, cloned.stderr)
      const dirty = git('status', '--porcelain').stdout !== ''
      const commit = git('rev-parse', '--short', 'HEAD').stdout.trim()
      return `${commit}${dirty ? '; what is not committed is not in it' : ''}`
    },
  },
  {
    title: 'npm start is ready, with nothing installed before',
    essential: true,
    async work() {
      known.ports = await freePorts(PORTS.length)
      const ms = await startServer()
      return `${seconds(ms)}${ms > READY_GOAL_MS ? `, more than the ${seconds(READY_GOAL_MS)} aimed at` : ''}`
    },
  },
  {
    title: 'it prints three lines to paste, and where WebSockets go',
    essential: true,
    async work() {
      for (const [name, line] of Object.entries(known.lines))
        expect(line !== undefined, `there is no line for ${name}`)
    },
  },
  {
    title: 'the connect line connects by TCP',
    essential: true,
    async work() {
      client = await connect('')
    },
  },
  {
    title: 'what the curl line sends is shown exactly once',
    async work() {
      const sent = JSON.parse(/'(\{.*\})'/.exec(known.lines.curl)?.[1] ?? '{}').body
      const answer = JSON.parse(await run(known.lines.curl))
      expect(typeof answer.msgid === 'string', `curl was answered ${JSON.stringify(answer)}`)
      expectSame(await messagesUntil(client, sent), [sent], 'shown')
      known.first = sent
    },
  },
  {
    title: 'two messages are stored while nobody is connected',
    async work() {
      await publish('missed one')
      await publish('missed two')
    },
  },
  {
    title: 'connecting by WebSocket shows the two that were missed, in order',
    async work() {
      client = await connect(` --url ${known.lines.ws}`)
      const shown = await messagesUntil(client, 'missed two')
      expectSame(shown, ['missed one', 'missed two'], 'shown')
    },
  },
  {
    title: 'the mailbox line shows all three',
    async work() {
      const shown = (await run(known.lines.mailbox)).split('\n')
      const bodies = shown.map(line => / {2}#\d+ {2}(.*)$/.exec(line)?.[1])
      const kept = bodies.filter(body => body !== undefined)
      expectSame(kept, [known.first, 'missed one', 'missed two'], 'kept')
      known.mailbox = JSON.parse(await run(`${known.lines.mailbox} --json`))
    },
  },
  { title: 'Ctrl-C ends it with exit code 0', work: () => stopServer('SIGINT') },
  {
    title: 'it starts again',
    essential: true,
    work: async () => seconds(await startServer()),
  },
  {
    title: 'the mailbox is as it was',
    async work() {
      const now = JSON.parse(await run(`${known.lines.mailbox} --json`))
      expectSame(now, known.mailbox, 'the mailbox')
      return `epoch ${now.epoch}, head ${now.head}`
    },
  },
  {
    title: 'kill ends it with exit code 0',
    work: () => stopServer('SIGTERM', { group: false }),
  },
]

let cleaning

/** Once, whoever asks: stops all that runs, then removes the folder. */
const cleanUp = () => {
  cleaning ??= Promise.all([...running].map(terminal => terminal.destroy())).then(() =>
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 }),
  )
  return cleaning
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(signal, () => {
    console.log(`\n${signal}: cleaning up`)
    void cleanUp().finally(() => process.exit(1))
  })
}

let passed = 0
let failed = 0
try {
  for (const step of STEPS) {
    const { title, essential = false } = step
    try {
      const remark = await step.work()
      passed++
      console.log(`ok      ${title}${remark === undefined ? '' : ` (${remark})`}`)
    } catch (problem) {
      // It was called off: what failed, failed because of that.
      if (cleaning !== undefined) break
      failed++
      console.log(`failed  ${title}\n    ${problem.message}`)
      if (essential) break
    }
  }
} finally {
  await cleanUp()
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
