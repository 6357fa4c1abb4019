import { VirtualClock, memoryLinks, type Link } from '@longwire/kit'
import { TRUNK, TRUNK_VERSION, TrunkReader, TrunkWriter, trunkBody } from '@longwire/proto/trunk'
import t from 'tap'
import { TrunkPeer } from '../../src/trunk/peer.ts'
import { silent } from '../rig.ts'

const SELF = { role: 'logic', name: 'logic-1', incarnation: 'a', address: '' } as const

interface Played {
  readonly clock: VirtualClock
  readonly peer: TrunkPeer
  readonly far: Link
  /** Commands that reached the far end. */
  readonly heard: number[]
  /** Chunks that did. */
  readonly chunks: Buffer[]
  closed: number
  say(cmd: number): void
}

const play = (hello = true): Played => {
  const clock = new VirtualClock()
  const [near, far] = memoryLinks(clock, ['gate', 'logic'])
  const played: Played = {
    clock,
    far,
    heard: [],
    chunks: [],
    closed: 0,
    peer: new TrunkPeer(
      near,
      { hello: () => undefined, frame: () => undefined, closed: () => played.closed++ },
      { self: SELF, clock, log: silent() },
    ),
    say(cmd) {
      const writer = new TrunkWriter()
      const body = trunkBody.Hello.encode({
        node: 'g',
        incarnation: 'a',
        role: 'gate',
        version: TRUNK_VERSION,
      }).finish()
      writer.frame(cmd, '', cmd === TRUNK.HELLO ? body : undefined)
      far.write(writer.take())
      clock.advance(0)
    },
  }
  const reader = new TrunkReader(view => played.heard.push(view.cmd))
  far.open({
    data: chunk => {
      played.chunks.push(chunk)
      reader.push(chunk)
    },
    closed: () => undefined,
  })
  if (hello) played.say(TRUNK.HELLO)
  return played
}

t.test('a silent link is cut after three seconds', t => {
  const played = play()
  t.same(played.heard, [TRUNK.HELLO_ACK])
  played.clock.advance(3_000)
  t.equal(played.heard.filter(cmd => cmd === TRUNK.PING).length, 3)
  t.equal(played.closed, 0)
  played.clock.advance(1_000)
  t.equal(played.closed, 1)
  t.equal(played.peer.open, false)
  t.end()
})

t.test('any frame keeps a link open, and a PING is answered', t => {
  const played = play()
  for (let beat = 0; beat < 20; beat++) {
    played.clock.advance(1_500)
    played.say(TRUNK.PING)
  }
  t.equal(played.closed, 0)
  t.equal(played.heard.filter(cmd => cmd === TRUNK.PONG).length, 20)
  t.end()
})

t.test('a link without HELLO is cut', t => {
  const played = play(false)
  for (let beat = 0; beat < 7; beat++) {
    played.clock.advance(1_000)
    played.say(TRUNK.PING)
  }
  t.equal(played.closed, 1)
  t.end()
})

t.test('frames of one turn leave in one write', t => {
  const played = play()
  const before = played.chunks.length
  for (let n = 0; n < 100; n++) {
    played.peer.writer.frame(TRUNK.HEAD, '')
    played.peer.wrote()
  }
  played.clock.advance(0)
  t.equal(played.chunks.length, before + 1)
  t.equal(played.heard.filter(cmd => cmd === TRUNK.HEAD).length, 100)
  t.end()
})

t.test('what is written to a closed link is dropped and piles up nowhere', t => {
  const played = play()
  played.far.close()
  played.clock.advance(10)
  for (let n = 0; n < 100; n++) {
    played.peer.writer.frame(TRUNK.HEAD, '', Buffer.alloc(10_000))
    played.peer.wrote()
  }
  played.clock.advance(10)
  t.equal(played.peer.writer.size, 0)
  t.end()
})
