import { execFileSync } from 'node:child_process'
import protobuf from 'protobufjs'
import t from 'tap'
import { edgeBody, LIMITS, varintSize } from '@longwire/proto'
import { trunkBody } from '@longwire/proto/trunk'
import { protoFile } from './fixtures.ts'

t.test('the generated code belongs to the schemas', t => {
  const script = new URL('../tools/generate.mjs', protoFile(''))
  t.doesNotThrow(() =>
    execFileSync(process.execPath, [script.pathname, '--check'], { stdio: 'pipe' }),
  )
  t.end()
})

t.test('64-bit fields are plain numbers, whether or not the package long is installed', t => {
  t.ok(protobuf.util.Long, 'it is installed here, so that this test can fail')
  const login = edgeBody.Login.decode(
    edgeBody.Login.encode({ seq: Number.MAX_SAFE_INTEGER, dial: 1 }).finish(),
  )
  t.equal(login.seq, Number.MAX_SAFE_INTEGER)
  t.equal(login.dial, 1)
  t.equal(edgeBody.Login.decode(new Uint8Array(0)).seq, 0, 'also where the field is absent')
  const page = trunkBody.Page.decode(
    trunkBody.Page.encode({ from: 2 ** 32, next: 2 ** 40, head: 2 ** 50 }).finish(),
  )
  t.same([page.from, page.next, page.head, page.floor], [2 ** 32, 2 ** 40, 2 ** 50, 0])
  t.end()
})

t.test('a 64-bit field above 2^53 - 1 or cut short is refused', t => {
  const seq = 6 << 3
  t.throws(
    () => edgeBody.Login.decode(Uint8Array.of(seq, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10)),
    RangeError,
  )
  t.throws(() => edgeBody.Login.decode(new Uint8Array(11).fill(0xff).fill(seq, 0, 1)), RangeError)
  t.throws(() => edgeBody.Login.decode(Uint8Array.of(seq, 0x80)), RangeError)
  t.end()
})

t.test('a reader of today skips fields and wire types of tomorrow', t => {
  const { root } = protobuf.parse(`syntax = "proto3"; package edge;
    message Message { uint64 seq = 1; uint32 msgtype = 2; bytes content = 3; string color = 90; fixed64 wide = 91; Deep deep = 92; float shade = 93; }
    message Deep { repeated string names = 1; }
    message PullBody { repeated Message messages = 1; bool more = 2; string cursor = 3; }`)
  const newer = root.lookupType('edge.PullBody')
  const wire = newer
    .encode({
      messages: [
        {
          seq: 7,
          content: Buffer.from('hi'),
          color: 'red',
          wide: 9,
          deep: { names: ['a', 'b'] },
          shade: 0.5,
        },
      ],
      more: true,
      cursor: 'x',
    })
    .finish()
  const older = edgeBody.PullBody.decode(wire)
  t.equal(older.more, true)
  t.equal(older.messages.length, 1)
  t.equal(older.messages[0]!.seq, 7)
  t.equal(Buffer.from(older.messages[0]!.content!).toString(), 'hi')
  t.end()
})

t.test('a reader of tomorrow finds defaults for what a writer of today leaves out', t => {
  const login = edgeBody.Login.decode(edgeBody.Login.encode({ uid: 'u' }).finish())
  t.equal(login.uid, 'u')
  t.same(
    [login.appcode, login.device, login.epoch, login.prevSession.length, login.agent],
    [0, '', 0, 0, ''],
  )
  t.end()
})

t.test('bodies cut at any offset raise an Error and nothing else', t => {
  const wire = edgeBody.LoginAck.encode({
    session: Buffer.alloc(8, 1),
    epoch: 5,
    max: 2 ** 40,
    base: 300,
    pingStart: 270,
    reset: true,
  }).finish()
  let refused = 0
  for (let end = 0; end < wire.length; end++) {
    try {
      edgeBody.LoginAck.decode(wire.subarray(0, end))
    } catch (error) {
      if (!(error instanceof Error)) throw error
      refused++
    }
  }
  t.ok(refused > 0)
  t.end()
})

t.test('the largest LOGIN fits the limit before login', t => {
  const body = {
    uid: 'u'.repeat(LIMITS.uidBytes),
    appcode: LIMITS.appcodeMax,
    device: 'd'.repeat(LIMITS.deviceBytes),
    token: 't'.repeat(LIMITS.tokenBytes),
    epoch: 0xffffffff,
    seq: Number.MAX_SAFE_INTEGER,
    prevSession: Buffer.alloc(8, 1),
    dial: Number.MAX_SAFE_INTEGER,
    agent: 'longwire-kotlin/10.20.30',
  }
  t.ok(edgeBody.Login.encode(body).finish().length < LIMITS.preLoginBytes)
  t.end()
})

t.test('the limits fit into each other', t => {
  t.ok(LIMITS.preLoginBytes < LIMITS.uplinkBytes && LIMITS.uplinkBytes < LIMITS.downlinkBytes)
  t.ok(LIMITS.downlinkBytes <= LIMITS.encodableBytes)
  t.equal(varintSize(LIMITS.encodableBytes), 3)
  t.equal(varintSize(LIMITS.encodableBytes + 1), 4)
  t.ok(LIMITS.messageBytes + 1024 <= LIMITS.uplinkBytes, 'a client can send the largest message')
  t.ok(
    LIMITS.messageBytes + 1024 <= LIMITS.unackedBytes,
    'the largest message fits the window of DATA',
  )
  t.ok(LIMITS.extensionBytes < LIMITS.preLoginBytes)
  t.ok(LIMITS.ackEvery < LIMITS.unackedFrames, 'a client acknowledges before the window is full')
  t.ok(LIMITS.ackDelayMs < LIMITS.suspectMs)
  t.ok(LIMITS.pingMinMs < LIMITS.pingStartMs && LIMITS.pingStartMs <= LIMITS.pingMaxMs)
  t.end()
})
