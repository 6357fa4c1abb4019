import t from 'tap'
import type { CursorStore, Transport } from '../src/index.ts'
import { LongwireError, memoryCursors, nodeTransports, type Gap, type Reset } from '../src/node.ts'
import { collect, failure, reached, setUp, start, turn } from './set-up.ts'

for (const kind of ['tcp', 'ws'] as const) {
  t.test(`over ${kind}, messages come by DATA and by page and are acknowledged`, async test => {
    const { gate, clock, client } = await setUp(test, {}, kind)
    const inbox = collect(client)
    const connected = client.connect()
    const end = await gate.accept()
    const login = await end.welcome({ epoch: 5, base: 10, max: 12 })
    await connected
    test.equal(client.state, 'ready')
    test.match(login, {
      uid: 'amy',
      appcode: 1,
      device: 'phone',
      token: 'secret',
      epoch: 0,
      seq: 0,
    })
    end.page(10, 12, [11, 12]).data(13).data(15, 'm15', 2).send()
    test.strictSame(await inbox.count(4), ['m11', 'm12', 'm13', 'm15'])
    test.match(inbox.messages[0], { seq: 11, msgtype: 1, sentAt: 1_700_000_000_000 })
    test.match(inbox.messages[2], { seq: 13, msgtype: 1, logid: '0909090909090909' })
    end.notify(17).send()
    test.match(await end.expect('PULL'), { a: 15 })
    end.page(15, 17, [17]).send()
    await inbox.count(5)
    await turn()
    clock.advance(2000)
    test.match(await end.expect('ACK'), { a: 7 }, 'counts from the base')
  })
}

t.test('eight saved messages are acknowledged at once, fewer after two seconds', async test => {
  const { gate, clock, client } = await setUp(test)
  const inbox = collect(client)
  start(client)
  const end = await gate.accept()
  await end.welcome()
  for (let seq = 1; seq <= 8; seq++) end.data(seq)
  end.send()
  test.match(await end.expect('ACK'), { a: 8 })
  end.data(9).send()
  await inbox.count(9)
  await turn()
  clock.advance(1999)
  await turn()
  test.equal(end.frames.waiting, 0)
  clock.advance(1)
  test.match(await end.expect('ACK'), { a: 9 })
})

t.test('a message that is no part of the mailbox is told, and moves nothing', async test => {
  const { gate, client } = await setUp(test)
  const inbox = collect(client)
  const live: string[] = []
  client.on(
    'live',
    message => void live.push(`${message.seq} ${message.msgtype} ${message.text()}`),
  )
  start(client)
  const end = await gate.accept()
  await end.welcome()
  end.live('ring').data(1).live('typing').send()
  await inbox.count(1)
  test.same(live, ['0 3 ring', '0 3 typing'])
  test.equal(inbox.messages[0]?.seq, 1)
})

t.test('nothing is acknowledged before the store holds the cursor', async test => {
  const saves: (() => void)[] = []
  const cursors: CursorStore = {
    load: async () => ({ epoch: 1, seq: 4 }),
    save: (_key, cursor) => new Promise(resolve => saves.push(() => resolve(void cursor))),
  }
  const { gate, client } = await setUp(test, { cursors })
  const inbox = collect(client)
  start(client)
  const end = await gate.accept()
  const login = await end.welcome({ base: 4 })
  test.match(login, { epoch: 1, seq: 4 }, 'LOGIN names the saved cursor')
  for (let seq = 5; seq <= 14; seq++) end.data(seq)
  end.send()
  await inbox.count(10)
  await turn()
  test.equal(end.frames.waiting, 0)
  test.equal(saves.length, 1, 'a burst is one save')
  saves.shift()!()
  test.match(await end.expect('ACK'), { a: 10 })
})

t.test('a gap is told between the messages around it', async test => {
  const { gate, client } = await setUp(test, { cursors: await stored({ epoch: 1, seq: 3 }) })
  const inbox = collect(client)
  const gaps: Gap[] = []
  client.on('gap', gap => {
    gaps.push(gap)
    inbox.texts.push('gap')
  })
  start(client)
  const end = await gate.accept()
  await end.welcome({ base: 3, max: 9 })
  end.page(3, 9, [8, 9], { floor: 7 }).send()
  test.strictSame(await inbox.count(3), ['gap', 'm8', 'm9'])
  test.strictSame(gaps, [{ from: 4, to: 7, reason: 'trimmed' }])
})

t.test('a mailbox that began anew is told as a reset, and its cursor is saved', async test => {
  const cursors = await stored({ epoch: 1, seq: 3 })
  const { gate, client } = await setUp(test, { cursors })
  const inbox = collect(client)
  const resets: Reset[] = []
  client.on('reset', reset => void resets.push(reset))
  start(client)
  const end = await gate.accept()
  await end.welcome({ epoch: 2, base: 0, max: 1, reset: true })
  end.page(0, 1, [1]).send()
  test.strictSame(await inbox.count(1), ['m1'])
  test.strictSame(resets, [{ previous: { epoch: 1, seq: 3 }, cursor: { epoch: 2, seq: 0 } }])
  await turn()
  test.strictSame(await cursors.load('1/amy/phone'), { epoch: 2, seq: 1 })
})

t.test('what waits for the app at a reconnect is neither lost nor repeated', async test => {
  const { gate, client } = await setUp(test, { cursors: await stored({ epoch: 1, seq: 0 }) })
  const gateOfApp = blockedApp(client)
  start(client)
  const first = await gate.accept()
  await first.welcome()
  first.data(1).data(2).send()
  await gateOfApp.started
  first.cut()
  const second = await gate.accept()
  test.match(await second.expectLogin(), { seq: 0, prevSession: Buffer.alloc(8, 7) })
  second.loginAck({ base: 0, max: 3 }).page(0, 3, [1, 2, 3]).send()
  await turn()
  gateOfApp.open()
  test.strictSame(await gateOfApp.count(3), ['m1', 'm2', 'm3'])
})

t.test(
  'while the window is full nothing is pulled, and DATA beyond it is pulled later',
  async test => {
    const { gate, client } = await setUp(test, { window: { messages: 2, bytes: 1000 } })
    const app = blockedApp(client)
    start(client)
    const end = await gate.accept()
    await end.welcome()
    end.data(1).data(2).data(3).notify(4).send()
    await app.started
    await turn()
    test.equal(end.frames.waiting, 0)
    app.open()
    const pull = await end.expect('PULL')
    end
      .page(
        pull.a,
        4,
        [3, 4].filter(seq => seq > pull.a),
      )
      .send()
    test.strictSame(await app.count(4), ['m1', 'm2', 'm3', 'm4'])
  },
)

t.test(
  'a message that the app fails to handle comes again, before what is behind it',
  async test => {
    const { gate, clock, client } = await setUp(test)
    const texts: string[] = []
    let done: () => void = () => undefined
    const both = new Promise<void>(resolve => {
      done = resolve
    })
    client.on('message', async message => {
      texts.push(message.text())
      if (texts.length === 1) throw new Error('disk full')
      if (message.seq === 2) done()
    })
    const failed = failure(client)
    start(client)
    const end = await gate.accept()
    await end.welcome()
    end.data(1).data(2).send()
    test.match(await failed, {
      code: 'APP_FAILED',
      action: 'retry',
      message: /message 1.*disk full/,
    })
    await turn()
    test.strictSame(texts, ['m1'])
    clock.advance(1000)
    await both
    test.strictSame(texts, ['m1', 'm1', 'm2'])
  },
)

t.test('after a crash between handling and saving, the message comes again', async test => {
  const hanging: CursorStore = {
    load: async () => ({ epoch: 1, seq: 0 }),
    save: () => new Promise(() => undefined),
  }
  const crashed = await setUp(test, { cursors: hanging })
  const before = collect(crashed.client)
  start(crashed.client)
  const end = await crashed.gate.accept()
  await end.welcome()
  end.data(1).send()
  await before.count(1)
  const { gate, client } = await setUp(test, { cursors: hanging })
  const inbox = collect(client)
  start(client)
  const again = await gate.accept()
  test.match(await again.welcome({ max: 1 }), { epoch: 1, seq: 0 })
  again.page(0, 1, [1]).send()
  test.strictSame(await inbox.count(1), ['m1'])
})

t.test(
  'a store that fails is told, and tried again before anything is acknowledged',
  async test => {
    let fails = 1
    const cursors = memoryCursors()
    const shaky: CursorStore = {
      load: key => cursors.load(key),
      save: async (key, cursor) => {
        if (fails-- > 0) throw new Error('read-only')
        await cursors.save(key, cursor)
      },
    }
    const { gate, clock, client } = await setUp(test, { cursors: shaky })
    const failed = failure(client)
    start(client)
    const end = await gate.accept()
    await end.welcome({ base: 6 })
    test.match(await failed, { code: 'CURSOR_STORE', action: 'retry', message: /read-only/ })
    clock.advance(1000)
    await turn()
    test.strictSame(await cursors.load('1/amy/phone'), { epoch: 1, seq: 6 })
  },
)

t.test('a cursor that cannot be loaded is not guessed', async test => {
  const broken: CursorStore = {
    load: () => Promise.reject(new Error('no disk')),
    save: async () => undefined,
  }
  const { client } = await setUp(test, { cursors: broken })
  await test.rejects(client.connect(), { code: 'CURSOR_STORE', action: 'stop', message: /no disk/ })
  test.equal(client.state, 'closed')
})

t.test('close from within a handler returns, and what was handled is acknowledged', async test => {
  const cursors = await stored({ epoch: 1, seq: 0 })
  const { gate, client } = await setUp(test, { cursors })
  const closed = new Promise<void>(resolve => {
    client.on('message', async message => {
      if (message.seq < 2) return
      await client.close()
      resolve()
    })
  })
  start(client)
  const end = await gate.accept()
  await end.welcome()
  end.data(1).data(2).data(3).send()
  await closed
  test.match(await end.expect('ACK'), { a: 1 })
  await turn()
  test.strictSame(await cursors.load('1/amy/phone'), { epoch: 1, seq: 2 })
  test.equal(client.state, 'closed')
})

t.test('close does not wait for ever for a store that hangs', async test => {
  const cursors: CursorStore = {
    load: async () => ({ epoch: 1, seq: 0 }),
    save: () => new Promise(() => undefined),
  }
  const { gate, clock, client } = await setUp(test, { cursors })
  const inbox = collect(client)
  start(client)
  const end = await gate.accept()
  await end.welcome()
  end.data(1).send()
  await inbox.count(1)
  await turn()
  const closed = client.close()
  clock.advance(2000)
  await closed
  test.equal(client.state, 'closed')
})

t.test('messages survive a transport that uses its memory again', async test => {
  const tcp = nodeTransports()['tcp']!
  const reusing: Transport = {
    connect: (url, handlers, signal) => {
      const received = (bytes: Uint8Array): void => {
        handlers.received(bytes)
        bytes.fill(0xee)
      }
      return tcp.connect(url, { ...handlers, received }, signal)
    },
  }
  const { gate, client } = await setUp(test, { transports: { tcp: reusing } })
  const inbox = collect(client)
  start(client)
  const end = await gate.accept()
  await end.welcome({ max: 1 })
  end.page(0, 1, [1]).data(2).send()
  await inbox.count(2)
  await turn()
  test.strictSame(
    inbox.messages.map(message => message.text()),
    ['m1', 'm2'],
  )
  end.cut()
  test.match(await (await gate.accept()).expectLogin(), { prevSession: Buffer.alloc(8, 7) })
})

t.test('logout says so, close does not', async test => {
  const { gate, client } = await setUp(test)
  start(client)
  const first = await gate.accept()
  await first.welcome()
  await reached(client, 'ready')
  await client.logout()
  await first.expect('LOGOUT')
  start(client)
  const second = await gate.accept()
  await second.welcome()
  await reached(client, 'ready')
  await client.close()
  await second.gone
  test.equal(second.frames.waiting, 0)
})

t.test('a client can be disposed of by its scope', async test => {
  const { gate, client } = await setUp(test)
  {
    await using scoped = client
    start(scoped)
    await (await gate.accept()).welcome()
    await reached(scoped, 'ready')
  }
  test.equal(client.state, 'closed')
})

t.test('options are checked with the field, the fault and the remedy', async test => {
  const { client: _client, options, create } = await setUp(test)
  const rejected: [object, RegExp][] = [
    [{ urls: [] }, /urls must name at least one gate/],
    [{ urls: ['gopher://x'] }, /cannot dial "gopher:\/\/x".*tcp, tls, ws, wss/],
    [{ urls: ['nonsense'] }, /cannot dial "nonsense"/],
    [{ appcode: 70_000 }, /appcode must be a whole number from 1 to 65535, it is 70000/],
    [{ uid: '' }, /uid must have 1 to 64 bytes, it has 0/],
    [{ device: 'é'.repeat(33) }, /device must have 1 to 64 bytes, it has 66/],
    [{ token: '' }, /token must have/],
  ]
  for (const [change, message] of rejected) {
    test.throws(() => create({ ...options, ...change }), {
      code: 'BAD_FIELD',
      action: 'stop',
      message,
    })
  }
  test.ok(new LongwireError('CLOSED', 'stop', 'x') instanceof Error)
})

const stored = async (cursor: { epoch: number; seq: number }): Promise<CursorStore> => {
  const cursors = memoryCursors()
  await cursors.save('1/amy/phone', cursor)
  return cursors
}

/** An app that stands at its first message until it is let go. */
const blockedApp = (client: Parameters<typeof collect>[0]) => {
  let open: () => void = () => undefined
  const opened = new Promise<void>(resolve => {
    open = resolve
  })
  let start: () => void = () => undefined
  const started = new Promise<void>(resolve => {
    start = resolve
  })
  client.on('message', async () => {
    start()
    await opened
  })
  return { ...collect(client), started, open }
}

t.test(
  'a run that begins while an earlier one still handles a message waits for it',
  async test => {
    const { gate, client } = await setUp(test, { cursors: await stored({ epoch: 1, seq: 0 }) })
    const app = blockedApp(client)
    start(client)
    const first = await gate.accept()
    await first.welcome()
    first.data(1).send()
    await app.started
    await client.close()
    start(client)
    await turn()
    test.equal(gate.dials, 1)
    app.open()
    test.match(await (await gate.accept()).expectLogin(), { epoch: 1, seq: 1 })
  },
)

t.test('close does not wait for the next try of a message that failed', async test => {
  const { gate, clock, client } = await setUp(test)
  client.on('message', () => {
    throw new Error('no')
  })
  const failed = failure(client)
  start(client)
  const end = await gate.accept()
  await end.welcome()
  end.data(1).send()
  await failed
  await client.close()
  test.equal(clock.timers, 0)
})

t.test('listeners are awaited one after the other, and one that left hears nothing', async test => {
  const { gate, client } = await setUp(test)
  const words: string[] = []
  client.on('message', async ({ seq }) => {
    await turn()
    words.push(`first ${seq}`)
  })
  client.on('message', ({ seq }) => void words.push(`second ${seq}`))
  const leave = client.on('message', ({ seq }) => void words.push(`third ${seq}`))
  leave()
  const inbox = collect(client)
  start(client)
  const end = await gate.accept()
  await end.welcome()
  end.data(1).data(2).send()
  await inbox.count(2)
  test.strictSame(words, ['first 1', 'second 1', 'first 2', 'second 2'])
})

t.test(
  'a listener of other events that throws is the fault of the app, and surfaces',
  async test => {
    const { gate, client } = await setUp(test)
    const uncaught = new Promise<Error>(resolve => {
      const others = process.listeners('uncaughtException')
      process.removeAllListeners('uncaughtException')
      process.once('uncaughtException', error => {
        for (const other of others) process.on('uncaughtException', other)
        resolve(error)
      })
    })
    client.on('state', ({ state }) => {
      if (state === 'ready') throw new Error('listener')
    })
    start(client)
    await (await gate.accept()).welcome()
    test.match(await uncaught, { message: 'listener' })
    test.equal(client.state, 'ready')
  },
)
