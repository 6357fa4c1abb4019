import { CMD, edgeBody, FrameWriter } from '@longwire/proto'
import type { Identity } from '../load/client-end.ts'
import { End } from '../load/end.ts'
import type { Publishing } from '../load/publisher.ts'
import { dialTcp } from '../load/tcp.ts'
import { signToken } from '../load/token.ts'
import { dialWebSocket } from '../load/websocket.ts'
import { FORMATS } from '../peers/formats.ts'
import type { Outcome, Row, ScenarioOptions } from '../scenario.ts'
import { startLongwire } from '../server.ts'
import { round, sleep } from '../statistics.ts'
import type { Subject } from '../subject.ts'

/** Sizes of the case that all protocols are compared in. */
/** Another user for each transport: a new one has no messages that would come with its login. */
const UIDS = { tcp: 'userid01', ws: 'userid02' } as const
const DEVICE = 'mobile-device-01'
const TOKEN_BYTES = 32
const DELAYED = 8
/** Only a server that does nothing any more takes this long, however busy the machine is. */
const STEP_MS = 60_000
/** Time for bytes that should not come to come all the same. */
const QUIET_MS = 150

interface Traffic {
  readonly up: number
  readonly down: number
}

/** Bytes of one connection, step by step. */
interface Ledger {
  /** HTTP upgrade of a WebSocket. */
  readonly upgrade: Traffic
  readonly login: Traffic
  /** What login would be with a token of 32 bytes. */
  readonly loginShortToken: Traffic
  readonly keepalive: Traffic
  readonly deliverAck: Traffic
  /** Of one message where eight share an acknowledgement. */
  readonly deliverDelayedAck: number
}

const loginBytes = (identity: Identity): number => {
  const { uid, appcode, device, token, dial } = identity
  const writer = new FrameWriter()
  writer.raw(CMD.LOGIN, 0, edgeBody.Login.encode({ uid, appcode, device, token, dial }).finish())
  return writer.size
}

/** One end whose bytes are read off its socket between steps. */
class Probe {
  readonly end: End
  readonly #uid: string
  received = 0
  #pongs = 0
  #failure = ''

  constructor(server: Subject, transport: 'tcp' | 'ws', identity: Identity) {
    this.#uid = identity.uid
    const target = { ...server.gate(transport), from: undefined }
    this.end = new End(transport === 'tcp' ? dialTcp : dialWebSocket, target, identity, {
      loggedIn: () => undefined,
      message: () => void this.received++,
      pong: () => void this.#pongs++,
      gap: () => void (this.#failure = 'a gap was reported'),
      closed: (_end, reason) => void (this.#failure = reason),
    })
  }

  async login(): Promise<void> {
    await this.#until(() => this.end.loggedIn)
  }

  /** Acknowledges after every `messages`. */
  async receive(publisher: Publishing, messages: number): Promise<void> {
    const from = this.received
    const stamp = { scheduledMs: 0, user: 0, publisher: 0, number: 0 }
    for (let count = 0; count < messages; count++) publisher.publish(this.#uid, stamp)
    await this.#until(() => this.received === from + messages)
    // The end acknowledges eight by itself.
    if (messages < DELAYED) this.end.flush()
    await sleep(QUIET_MS)
  }

  async keepalive(): Promise<void> {
    const from = this.#pongs
    this.end.ping()
    await this.#until(() => this.#pongs > from)
  }

  traffic(): Traffic {
    return { up: this.end.bytesWritten(), down: this.end.bytesRead() }
  }

  async #until(done: () => boolean): Promise<void> {
    for (let waited = 0; waited < STEP_MS; waited += 5) {
      if (this.#failure !== '') throw new Error(`bytes: ${this.#failure}`)
      if (done()) return
      await sleep(5)
    }
    throw new Error('bytes: a step took more than a minute')
  }
}

const minus = (a: Traffic, b: Traffic): Traffic => ({ up: a.up - b.up, down: a.down - b.down })
const total = (traffic: Traffic): number => traffic.up + traffic.down

const measure = async (
  server: Subject,
  transport: 'tcp' | 'ws',
  publisher: Publishing,
): Promise<Ledger> => {
  const uid = UIDS[transport]
  const token = signToken(server.login.tokenSecret, uid)
  const identity = { user: 0, uid, appcode: server.login.appcode, device: DEVICE, dial: 1, token }
  const probe = new Probe(server, transport, identity)
  await probe.login()
  await sleep(QUIET_MS)
  const loggedIn = probe.traffic()
  await probe.receive(publisher, 1)
  const delivered = probe.traffic()
  await probe.receive(publisher, DELAYED)
  const delayed = probe.traffic()
  await probe.keepalive()
  const pinged = probe.traffic()
  probe.end.close()
  const upgrade = transport === 'ws' ? probe.end.openedAt : { up: 0, down: 0 }
  const login = minus(loggedIn, upgrade)
  const spared = loginBytes(identity) - loginBytes({ ...identity, token: 'x'.repeat(TOKEN_BYTES) })
  return {
    upgrade,
    login,
    loginShortToken: { up: login.up - spared, down: login.down },
    keepalive: minus(pinged, delayed),
    deliverAck: minus(delivered, loggedIn),
    deliverDelayedAck: round(total(minus(delayed, delivered)) / DELAYED, 1),
  }
}

const ourRow = (name: string, ledger: Ledger): Row => ({
  protocol: name,
  keepalive: total(ledger.keepalive),
  login: total(ledger.loginShortToken),
  'deliver 100 B': ledger.deliverAck.down,
  ack: String(ledger.deliverAck.up),
  'deliver + ack': total(ledger.deliverAck),
  figures: 'measured',
})

const peerRows = (): Row[] =>
  FORMATS.map(format => ({
    protocol: format.name,
    keepalive: format.keepalive,
    login: format.login,
    'deliver 100 B': format.deliver,
    ack: format.ack === undefined ? 'none' : String(format.ack),
    'deliver + ack': format.deliver + (format.ack ?? 0),
    figures: 'computed',
  }))

/** Application bytes on one connection, counted at the socket. */
export const bytes = async (options: ScenarioOptions): Promise<Outcome> => {
  const server = await startLongwire(options)
  try {
    const publisher = await server.openPublisher('bench')
    const tcp = await measure(server, 'tcp', publisher)
    const ws = await measure(server, 'ws', publisher)
    publisher.close()
    return {
      rows: [
        ourRow('Longwire over TCP', tcp),
        ourRow('Longwire over WebSocket', ws),
        ...peerRows(),
      ],
      notes: [
        `Both directions; uid 8, device 16, token ${TOKEN_BYTES}, topic 8 bytes. Measured: counted at the client's socket. Computed: from the published format.`,
        `Login here used a JWT, so it took ${total(tcp.login)} bytes over TCP (preamble included); the table gives it for the token of ${TOKEN_BYTES} bytes that all are compared with. A WebSocket's upgrade (${total(ws.upgrade)} bytes) is not in its login.`,
        `With one acknowledgement per ${DELAYED} messages, as the SDK sends them, deliver + ack is ${tcp.deliverDelayedAck} over TCP and ${ws.deliverDelayedAck} over WebSocket.`,
      ],
      failures: publisher.refused === 0 ? [] : [`a publish was refused: ${publisher.problem}`],
      json: {
        keepalive: total(tcp.keepalive),
        login: total(tcp.loginShortToken),
        deliverAck100: total(tcp.deliverAck),
        wsKeepalive: total(ws.keepalive),
        wsLogin: total(ws.loginShortToken),
        wsDeliverAck100: total(ws.deliverAck),
      },
    }
  } finally {
    await server.stop()
  }
}
