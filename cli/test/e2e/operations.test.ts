import { createServer, connect, type Socket } from 'node:net'
import { bucketOf } from '@longwire/proto'
import t, { type Test } from 'tap'
import { KEY, startOnServices, type ServiceCluster } from './cluster.ts'
import { Person } from './people.ts'
import { freePorts } from './ports.ts'

const redis = process.env['LONGWIRE_TEST_REDIS'] ?? ''
const skip = redis === '' ? 'LONGWIRE_TEST_REDIS is not set' : false

t.setTimeout(300_000)

const PEOPLE = 48
const STAGE = { share: 3_000, text: '30%' }
const LATE_MS = 700

interface Operation {
  readonly id: string
  readonly state: string
  readonly phase: string
  readonly problem: string
  readonly sessions: { readonly moved: number }
}
interface Gate {
  readonly name: string
  readonly sessions?: number
}

const soon = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

/** Asks whichever node answers. */
const asker =
  ({ http }: ServiceCluster) =>
  async (method: string, path: string, body?: object): Promise<unknown> => {
    for (let tries = 0; ; tries++) {
      try {
        const response = await fetch(`${http[tries % http.length]}${path}`, {
          method,
          headers: {
            authorization: `Bearer ${KEY}`,
            'content-type': 'application/json',
            'idempotency-key': path,
          },
          body: body === undefined ? null : JSON.stringify(body),
        })
        return await response.json()
      } catch (error) {
        if (tries > 40) throw error
        await soon(250)
      }
    }
  }
type Ask = ReturnType<typeof asker>

const until = async (
  ask: Ask,
  id: string,
  done: (operation: Operation) => boolean,
): Promise<Operation> => {
  for (;;) {
    const operation = (await ask('GET', `/v1/operations/${id}`)) as Operation
    if (done(operation)) return operation
    await soon(200)
  }
}

const sessionsOf = async (ask: Ask, name: string): Promise<number> => {
  const { gates } = (await ask('GET', '/v1/gates')) as { gates: readonly Gate[] }
  return gates.find(gate => gate.name === name)?.sessions ?? 0
}

/** Hands on what comes for `port`, every byte later by so much. */
const latePort = async (t: Test, port: number, ms: number): Promise<number> => {
  const sockets = new Set<Socket>()
  const server = createServer(near => {
    const far = connect(port, '127.0.0.1')
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.on('error', () => undefined)
      from.on('data', bytes => void setTimeout(() => to.writable && to.write(bytes), ms))
      from.on('close', () => void setTimeout(() => to.end(), ms))
    }
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** Publishes to everybody in turn until it is told to stop; resolves to what each has to hear. */
const publishing = (
  people: readonly Person[],
  ask: Ask,
): (() => Promise<Map<string, string[]>>) => {
  const sent = new Map(people.map(({ uid }) => [uid, [] as string[]]))
  let isOver = false
  const publish = async (): Promise<void> => {
    for (let round = 0; !isOver; round++) {
      const messages = people.map(({ uid }) => ({
        to: { uid, appcode: 1 },
        body: `${round}`,
        idempotencyKey: `${uid}/${round}`,
      }))
      // A node that was killed may have stored them all the same: the keys see to it that this is no second time.
      for (let done = false; !done;) {
        const answer = (await ask('POST', '/v1/messages/batch', { messages })) as {
          results?: { error?: object }[]
        }
        if (answer.results === undefined) throw new Error(JSON.stringify(answer))
        done = answer.results.every(({ error }) => error === undefined)
        if (!done) await soon(200)
      }
      for (const { uid } of people) sent.get(uid)?.push(`${round}`)
      await soon(200)
    }
  }
  const published = publish()
  return async () => {
    isOver = true
    await published
    return sent
  }
}

t.test(
  'users are moved while messages flow; a bad version sends them back and never has more than its stage, whoever is killed',
  { skip },
  async t => {
    const cluster = await startOnServices(t, redis, 'lmdb', { LONGWIRE_GATE_CAPACITY: '100' })
    const ask = asker(cluster)
    const people = Array.from({ length: PEOPLE }, (_, n) => new Person(`user-${n}`, cluster.tcp))
    await Promise.all(people.map(person => person.comesOnline(t)))
    const stop = publishing(people, ask)
    const before = await sessionsOf(ask, 'gate1')
    const begun = (await ask('POST', '/v1/rebalances', {
      from: ['gate1'],
      to: ['gate2'],
      share: '50%',
    })) as {
      operation: Operation
    }
    const moved = await until(ask, begun.operation.id, ({ state }) => state !== 'running')
    t.match(moved, { state: 'done', problem: '' })
    t.ok(before === 0 || moved.sessions.moved > 0, `${moved.sessions.moved} of ${before} moved`)

    const plan = {
      name: 'bad',
      new: { version: 'bad' },
      stages: [
        { share: STAGE.text, hold: '1h' },
        { share: '100%', hold: '1h' },
      ],
      health: { window: '10s', minimumSample: 10, latencyMs: { over: 500, times: 3 } },
    }
    const released = (await ask('POST', '/v1/releases', { plan })) as { operation: Operation }
    const { id } = released.operation
    const [port, operations] = await freePorts(2)
    const late = await latePort(t, port ?? 0, LATE_MS)
    await cluster.also('gate', {
      LONGWIRE_NODE_NAME: 'gate3',
      LONGWIRE_GATE_VERSION: 'bad',
      LONGWIRE_GATE_TCP_ADDRESS: `127.0.0.1:${port}`,
      LONGWIRE_GATE_WS_ADDRESS: 'off',
      LONGWIRE_GATE_OPERATIONS_ADDRESS: `127.0.0.1:${operations}`,
      LONGWIRE_GATE_PUBLIC_ADDRESSES: JSON.stringify([{ url: `tcp://127.0.0.1:${late}` }]),
    })
    const stage = people.filter(({ uid }) => bucketOf(uid) < STAGE.share).length
    let most = 0
    const watched = async (done: (operation: Operation) => boolean): Promise<Operation> =>
      until(ask, id, operation => {
        void sessionsOf(ask, 'gate3').then(sessions => (most = Math.max(most, sessions)))
        return done(operation)
      })
    await watched(({ phase }) => phase.startsWith('holding'))
    // Whichever of the two has the operation: with the second kill it was the one.
    const [first, second] = cluster.logics
    await first?.kill()
    await first?.start()
    await second?.kill()
    const held = await watched(({ state }) => state === 'paused')
    await second?.start()
    t.match(held, { phase: 'held', problem: /latencyMs is \d+ on the new gates/ })
    t.ok(most > 0 && most <= stage, `${most} were there, of a stage of ${stage}`)
    await until(ask, id, () => true)
    while ((await sessionsOf(ask, 'gate3')) > 0) await soon(200)

    const sent = await stop()
    await Promise.all(
      people.map(person => person.until(() => person.heard.length >= sent.get(person.uid)!.length)),
    )
    for (const { uid, heard, disconnects } of people) {
      t.strictSame(heard, sent.get(uid), `${uid} heard all, once and in order`)
      t.equal(disconnects, 0)
    }
    t.ok(
      people.some(({ moves }) => moves >= 2),
      'there and back',
    )
    const { entries } = (await ask('GET', `/v1/audit?operation=${id}`)) as {
      entries: { text: string }[]
    }
    t.match(entries.map(({ text }) => text).reverse(), [
      /begins/,
      /stage 1 of 2: 30 %/,
      /moved/,
      /moves back/,
      /went back/,
    ])
  },
)
