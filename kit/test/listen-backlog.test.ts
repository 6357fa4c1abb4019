import t from 'tap'
import { ListenBacklog, listenOverflows, VirtualClock } from '../src/index.ts'

const netstat = (overflows: number): string =>
  [
    'TcpExt: SyncookiesSent ListenOverflows ListenDrops',
    `TcpExt: 0 ${overflows} 7`,
    'IpExt: InNoRoutes InTruncatedPkts',
    'IpExt: 3 4',
    '',
  ].join('\n')

t.test('the counter is found by its name', async t => {
  t.equal(listenOverflows(netstat(12)), 12)
  t.equal(listenOverflows('TcpExt: SyncookiesSent\nTcpExt: 1\n'), undefined)
  t.equal(listenOverflows(''), undefined)
})

t.test('the backlog is full for two seconds after a connection was dropped', async t => {
  const clock = new VirtualClock()
  let overflows = 5
  const backlog = new ListenBacklog({ clock, read: async () => netstat(overflows) })
  t.teardown(() => backlog.stop())
  const second = async (): Promise<void> => {
    clock.advance(1_000)
    await new Promise(setImmediate)
  }
  await backlog.start()
  t.notOk(backlog.full, 'what was dropped before it looked is long ago')
  await second()
  t.notOk(backlog.full)
  overflows++
  await second()
  t.ok(backlog.full)
  await second()
  t.ok(backlog.full)
  await second()
  t.notOk(backlog.full)
})

t.test('where nothing is told nothing is full, and nobody looks again', async t => {
  const clock = new VirtualClock()
  const backlog = new ListenBacklog({ clock, read: () => Promise.reject(new Error('ENOENT')) })
  await backlog.start()
  t.notOk(backlog.full)
  t.equal(clock.untilNext(), undefined)
})
