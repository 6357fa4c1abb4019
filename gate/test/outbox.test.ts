import t from 'tap'
import { PONG_BYTE } from '@longwire/proto'
import { type Cork, Outbox } from '../src/outbox.ts'
import { FLAG, MODE, SessionTable, STATE } from '../src/session-table.ts'

interface Scene {
  readonly table: SessionTable
  readonly outbox: Outbox
  readonly writes: { slot: number; hex: string }[]
  readonly tooSlow: number[]
  buffered: number
}

const make = (cork?: Cork): Scene => {
  const table = new SessionTable(10, 0)
  const writes: Scene['writes'] = []
  const tooSlow: number[] = []
  const scene: Scene = {
    table,
    writes,
    tooSlow,
    buffered: 0,
    outbox: new Outbox(table, 1_000_000, slot => tooSlow.push(slot), cork),
  }
  for (let slot = 0; slot < 3; slot++) {
    table.acquire(
      {
        write: bytes => writes.push({ slot, hex: Buffer.from(bytes).toString('hex') }),
        bufferedBytes: () => scene.buffered,
        end: () => undefined,
        destroy: () => undefined,
      },
      '',
    )
  }
  return scene
}

t.test('frames in a row for one session are one write', async t => {
  const { outbox, writes } = make()
  outbox.to(1).byte(PONG_BYTE)
  outbox.to(1).notify(5)
  t.same(writes, [])
  outbox.flush()
  outbox.flush()
  t.same(writes, [{ slot: 1, hex: '10500105' }])
})

t.test('sessions that alternate still get one write each, frames in order', async t => {
  const { outbox, writes } = make()
  for (let round = 1; round <= 3; round++) {
    outbox.to(0).notify(round)
    outbox.to(2).notify(round + 16)
  }
  outbox.to(1).byte(PONG_BYTE)
  outbox.flush()
  t.same(writes, [
    { slot: 0, hex: '500101500102500103' },
    { slot: 2, hex: '500111500112500113' },
    { slot: 1, hex: '10' },
  ])
  outbox.to(0).byte(PONG_BYTE)
  outbox.to(2).byte(PONG_BYTE)
  outbox.flush()
  t.same(writes.slice(3), [
    { slot: 0, hex: '10' },
    { slot: 2, hex: '10' },
  ])
})

t.test('bytes that were given away are never written again', async t => {
  const { outbox, writes, table } = make()
  const kept: Uint8Array[] = []
  const connection = table.connection[0]
  if (connection !== undefined) connection.write = bytes => void kept.push(bytes)
  for (let round = 0; round < 40_000; round++) {
    outbox.to(0).notify(round)
    outbox.flush()
  }
  t.equal(writes.length, 0)
  const last = kept.map(bytes => Buffer.from(bytes).toString('hex'))
  t.same([last[0], last[1], last[127], last.length], ['500100', '500101', '50017f', 40_000])
})

t.test('frames for a peer that may not read hold no more memory than they have bytes', async t => {
  const { outbox, table } = make()
  let held = 0
  const connection = table.connection[0]
  if (connection !== undefined) connection.write = bytes => void (held = bytes.buffer.byteLength)
  const heldFor = (column: () => void): number => {
    column()
    outbox.to(0).notify(5)
    outbox.flush()
    return held
  }
  t.ok(heldFor(() => undefined) > 1_000, 'one that reads gets a part of a chunk')
  t.equal(
    heldFor(() => (table.unackedBytes[0] = 20_000)),
    3,
  )
  table.unackedBytes[0] = 0
  t.equal(
    heldFor(() => (table.mode[0] = MODE.NOTIFIED)),
    3,
  )
  table.mode[0] = MODE.IDLE
  t.equal(
    heldFor(() => table.raise(0, FLAG.SLOW)),
    3,
  )
})

t.test('a connection that lets bytes pile up is slow, and cut beyond the bound', async t => {
  const scene = make()
  scene.buffered = 20_000
  scene.outbox.to(1).byte(PONG_BYTE)
  scene.outbox.flush()
  t.ok(scene.table.has(1, FLAG.SLOW))
  t.same(scene.tooSlow, [])
  scene.buffered = 1_000_001
  scene.outbox.to(1).byte(PONG_BYTE)
  scene.outbox.flush()
  t.same(scene.tooSlow, [1])
})

t.test('what may wait a moment leaves together, and with whatever may not', async t => {
  const waits: (() => void)[] = []
  let joined = 0
  const { table, outbox, writes } = make({
    later: task => void waits.push(task),
    joined: () => void joined++,
  })
  for (let slot = 0; slot < 3; slot++) table.enter(slot, STATE.READY)
  for (let seq = 1; seq <= 3; seq++) {
    outbox.lazily(0).notify(seq)
    outbox.lazily(1).notify(seq)
    outbox.flush()
  }
  outbox.lazily(2).notify(9)
  outbox.flush()
  t.same(writes, [])
  t.equal(waits.length, 1, 'one timer for all of them')
  outbox.to(1).byte(PONG_BYTE)
  outbox.flush()
  t.same(writes.splice(0), [{ slot: 1, hex: '50010150010250010310' }], 'in order')
  outbox.lazily(1).notify(4)
  outbox.to(1).byte(PONG_BYTE)
  outbox.flush()
  t.same(
    writes.splice(0),
    [{ slot: 1, hex: '50010410' }],
    'what may not wait takes its batch along',
  )
  table.release(2)
  table.acquire(table.connection[0]!, '')
  waits.pop()?.()
  t.same(writes.splice(0), [{ slot: 0, hex: '500101500102500103' }], 'not to another session')
  t.equal(joined, 5)
  outbox.lazily(0).notify(5)
  outbox.flush()
  t.equal(waits.length, 1, 'and the next moment begins')
})
