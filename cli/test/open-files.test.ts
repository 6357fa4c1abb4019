import { CMD, CODES, Deframer, encodePreamble, FrameFields } from '@longwire/proto'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { get } from 'node:http'
import { connect, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { readRunFile } from '../src/run-file.ts'

const BIN = fileURLToPath(new URL('../../bin/longwire.js', import.meta.url))
const FREE = '127.0.0.1:0'
const FILES = 256

/** A connection that says as much as `bytes`, and the code it was sent away with. */
interface Stranger {
  readonly socket: Socket
  code: number
  over: boolean
}

const stranger = (url: string, bytes: Uint8Array): Stranger => {
  const { hostname, port } = new URL(url.replace(/^\w+:/, 'http:'))
  const socket = connect(Number(port), hostname)
  const made: Stranger = { socket, code: 0, over: false }
  const fields = new FrameFields()
  const deframer = new Deframer<undefined>({
    maxPayload: () => 4_096,
    frame(_, view) {
      if (view.cmd !== CMD.KICK) return true
      fields.one(view)
      made.code = fields.a
      return false
    },
  })
  socket.on('error', () => undefined)
  socket.on('close', () => (made.over = true))
  socket.on('data', chunk => void deframer.push(undefined, undefined, chunk))
  if (bytes.length > 0) socket.write(bytes)
  return made
}

const until = async (what: string, happened: () => boolean | Promise<boolean>): Promise<void> => {
  for (let tries = 0; tries < 3_000; tries++) {
    if (await happened()) return
    await new Promise(resolve => setTimeout(resolve, 10))
  }
  throw new Error(`waited in vain until ${what}`)
}

/** Asked on a connection of its own. */
const isHealthy = (http: string): Promise<boolean> =>
  new Promise(resolve => {
    const asked = get(`${http}/healthz`, { agent: false }, response => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    asked.on('error', () => resolve(false))
  })

t.test(
  'with few open files the gate sends away whom it cannot hold, and operators get through',
  { skip: process.platform === 'win32' && 'there is no ulimit' },
  async t => {
    const data = t.testdir()
    const child = spawn(
      'bash',
      ['-c', `ulimit -n ${FILES}; exec "$0" "$@"`, process.execPath, BIN, 'all', '--data', data],
      {
        env: {
          ...process.env,
          LONGWIRE_GATE_TCP_ADDRESS: FREE,
          LONGWIRE_GATE_WS_ADDRESS: FREE,
          LONGWIRE_HTTP_ADDRESS: FREE,
          LONGWIRE_BACKEND_ADDRESS: FREE,
        },
        stdio: 'ignore',
      },
    )
    const exited = once(child, 'close')
    const strangers: Stranger[] = []
    t.teardown(async () => {
      for (const { socket } of strangers) socket.destroy()
      child.kill('SIGKILL')
      await exited
    })
    await until('it is up', () => readRunFile(data) !== undefined)
    const run = readRunFile(data)
    if (run?.tcp === undefined || run.ws === undefined) throw new Error('it does not listen')
    const metric = async (line: string): Promise<number> => {
      const text = await (await fetch(`${run.http}/metrics`)).text()
      const found = text.split('\n').find(each => each.startsWith(`${line} `))
      return Number(found?.slice(line.length + 1) ?? 0)
    }

    for (let count = 0; count < FILES; count++)
      strangers.push(stranger(run.tcp, encodePreamble(1, 1, 0)))
    await until('the gate has sent somebody away', () =>
      strangers.some(({ code }) => code === CODES.BUSY.code),
    )
    t.ok((await metric('longwire_gate_refused_total{reason="BUSY"}')) > 0)
    t.ok((await metric('longwire_gate_connections')) <= FILES / 2)
    t.ok(await isHealthy(run.http))

    // What says nothing to the WebSocket port is known to uWebSockets.js only.
    for (let count = 0; count < 2 * FILES; count++)
      strangers.push(stranger(run.ws, new Uint8Array(0)))
    await until('the port is closed', () => strangers.slice(FILES).some(({ over }) => over))
    await until('a new connection of an operator is answered', () => isHealthy(run.http))
    t.ok(await isHealthy(run.http))
    for (const { socket } of strangers) socket.destroy()
    await until('all have left', async () => (await metric('longwire_gate_connections')) === 0)
    await until('the port is open again', async () => {
      const answer = await fetch(run.ws!.replace(/^ws/, 'http')).catch(() => undefined)
      return answer?.status === 404
    })
  },
)
