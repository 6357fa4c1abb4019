import { CMD, edgeBody } from '@longwire/proto'
import { flushes, diskOf } from '../disk.ts'
import { dialTcp } from '../load/tcp.ts'
import { signToken } from '../load/token.ts'
import { UpEnd } from '../load/up-end.ts'
import { machineNote } from '../machine.ts'
import type { Outcome, ScenarioOptions } from '../scenario.ts'
import { API_KEY, APPCODE, startLongwire, TOKEN_SECRET, type LongwireSubject } from '../server.ts'
import { round, sharedNow, sleep } from '../statistics.ts'

const SESSIONS = 200
/** Messages of one session without an answer: messages between users take three commits, one after the other. */
const WINDOWS = { c2s: 32, c2c: 8 } as const
const BYTES = 100
const MSGTYPE = 7
const STREAM = 9
/** With whom each user talks; they are away. */
const PEERS = 10
const NO_LIMIT = 1_000_000_000

const CONFIG = {
  c2s: {
    userRate: { perSecond: 0 },
    routes: [
      { appcode: APPCODE, msgtype: MSGTYPE, topic: 'bench', business: 'bench' },
      { appcode: APPCODE, msgtype: STREAM, topic: 'stream', class: 'stream', business: 'bench' },
    ],
  },
  conversations: { enabled: true, business: 'bench' },
}
const rate = { perSecond: NO_LIMIT, burst: NO_LIMIT }
const DEFENCE = { session: { frames: rate, bytes: rate } }

interface Run {
  readonly perSecond: number
  readonly serverMicroseconds: number
  readonly accepted: number
  readonly refused: number
  readonly messagesPerFlush: number
}

/** Sessions that keep a window of messages under way each, for a while. */
class Senders {
  readonly #ends: UpEnd[] = []
  readonly #make: (user: number) => Uint8Array
  readonly #cmd: number
  readonly #window: number
  #loggedIn = 0
  #running = false
  accepted = 0
  refused = 0
  problem = ''

  constructor(cmd: number, window: number, make: (user: number) => Uint8Array) {
    this.#cmd = cmd
    this.#window = window
    this.#make = make
  }

  async connect(server: LongwireSubject): Promise<void> {
    const target = { ...server.gate('tcp'), from: undefined }
    for (let user = 0; user < SESSIONS; user++) {
      const uid = `up-${user}`
      const token = signToken(TOKEN_SECRET, uid)
      const identity = { user, uid, appcode: APPCODE, device: 'bench', token, dial: Date.now() }
      const end = new UpEnd(dialTcp, target, identity, {
        loggedIn: () => this.#loggedIn++,
        answered: (from, taken, refused) => this.#answered(from, taken, refused),
        closed: reason => (this.problem ||= this.#running ? reason : ''),
      })
      this.#ends.push(end)
    }
    while (this.#loggedIn < SESSIONS && this.problem === '') await sleep(20)
  }

  async run(ms: number): Promise<number> {
    this.#running = true
    const began = sharedNow()
    for (const end of this.#ends) this.#send(end, this.#window)
    await sleep(ms)
    this.#running = false
    const elapsed = sharedNow() - began
    return (this.accepted / elapsed) * 1_000
  }

  close(): void {
    for (const end of this.#ends) end.close()
  }

  #send(end: UpEnd, count: number): void {
    const { user } = end
    end.send(
      this.#cmd,
      MSGTYPE,
      Array.from({ length: count }, () => this.#make(user)),
    )
  }

  #answered(end: UpEnd, taken: number, refused: number): void {
    this.accepted += taken
    this.refused += refused
    if (this.#running && this.problem === '') this.#send(end, taken + refused)
  }
}

const measure = async (server: LongwireSubject, senders: Senders, ms: number): Promise<Run> => {
  await senders.connect(server)
  const { device } = diskOf(server.dataDirectory)
  const [cpu, flushed] = [server.stats().cpuMs, flushes(device)]
  const perSecond = await senders.run(ms)
  const { accepted, refused } = senders
  const serverMicroseconds = ((server.stats().cpuMs - cpu) * 1_000) / Math.max(1, accepted)
  const messagesPerFlush = Math.round(accepted / Math.max(1, flushes(device) - flushed))
  return {
    perSecond: Math.round(perSecond),
    serverMicroseconds: round(serverMicroseconds, 1),
    accepted,
    refused,
    messagesPerFlush,
  }
}

/** What the server says that it has stored: no more and no less than what was answered, once nothing is under way. */
const storedOf = async (server: LongwireSubject): Promise<number> => {
  const response = await fetch(`${server.api}/v1/stats/arrival`, {
    headers: { authorization: `Bearer ${API_KEY}` },
  })
  const { total } = (await response.json()) as { total: { upstream: number } }
  return total.upstream
}

const scenario = async (
  options: ScenarioOptions,
  what: { name: 'c2s' | 'c2c'; cmd: number; make: (user: number) => Uint8Array; extra: object },
): Promise<Outcome> => {
  const ms = options.quick ? 5_000 : 20_000
  const server = await startLongwire(options, false, { ...CONFIG, ...what.extra }, DEFENCE)
  try {
    const window = WINDOWS[what.name]
    const senders = new Senders(what.cmd, window, what.make)
    const run = await measure(server, senders, ms)
    const all = SESSIONS * window
    for (
      let waited = 0;
      waited < 100 && senders.accepted + senders.refused < run.accepted + all;
      waited++
    )
      await sleep(20)
    const stored = await storedOf(server)
    const failures: string[] = []
    if (senders.problem !== '') failures.push(`a session ended: ${senders.problem}`)
    if (stored < senders.accepted) failures.push(`${senders.accepted} answered, ${stored} stored`)
    senders.close()
    const perSecond = `${what.name}PerSecond`
    return {
      rows: [
        {
          messages: run.accepted,
          'messages/s': run.perSecond,
          'server µs/message': run.serverMicroseconds,
          'messages/flush': run.messagesPerFlush,
          refused: run.refused,
        },
      ],
      notes: [
        `${SESSIONS} sessions over TCP, ${window} messages of ${BYTES} bytes under way each; answered once synced to disk.`,
        machineNote(),
      ],
      failures,
      json: {
        messages: run.accepted,
        [perSecond]: run.perSecond,
        serverUsPerMessage: run.serverMicroseconds,
        messagesPerFlush: run.messagesPerFlush,
        refusedMessages: run.refused,
      },
    }
  } finally {
    await server.stop()
  }
}

const content: Uint8Array = Buffer.alloc(BYTES, 'x')

/** Messages from clients into a topic: embedded, or Kafka where LONGWIRE_TEST_KAFKA names brokers. */
export const c2s = (options: ScenarioOptions): Promise<Outcome> => {
  const brokers = process.env['LONGWIRE_TEST_KAFKA']
  const bus =
    brokers === undefined ? {} : { bus: { kind: 'kafka', kafka: { brokers: brokers.split(',') } } }
  return scenario(options, { name: 'c2s', cmd: CMD.C2S, make: () => content, extra: bus })
}

/** Messages from users to users who are away. */
export const c2c = (options: ScenarioOptions): Promise<Outcome> => {
  let next = 0
  const make = (user: number): Uint8Array => {
    next = (next + 1) % PEERS
    return edgeBody.C2C.encode({ to: `peer-${user}-${next}`, content }).finish()
  }
  return scenario(options, { name: 'c2c', cmd: CMD.C2C, make, extra: {} })
}
