import { createBackend } from '@longwire/client/backend'
import t, { type Test } from 'tap'
import { KEY, startOnServices, type Node, type ServiceCluster } from './cluster.ts'
import { Person } from './people.ts'
import { freePorts } from './ports.ts'

const redis = process.env['LONGWIRE_TEST_REDIS'] ?? ''
const skip = redis === '' ? 'LONGWIRE_TEST_REDIS is not set' : false
const PEOPLE = 90

t.setTimeout(240_000)

const ENV = {
  LONGWIRE_DRAIN_DEADLINE_MS: '12000',
  LONGWIRE_GATE_LIMITS_DRAIN_SPREAD_MS: '1000',
}

interface Scene {
  readonly cluster: ServiceCluster
  readonly gates: readonly Node[]
  readonly people: readonly Person[]
  /** What each of them is to hear. */
  readonly sent: Map<string, string[]>
  /** Ends the flow of messages, and resolves once all of them were accepted. */
  stop(): Promise<void>
}

/** Three gates, people on all of them, and messages to everybody that flow until they are stopped. */
const flowing = async (t: Test): Promise<Scene> => {
  const cluster = await startOnServices(t, redis, 'lmdb', ENV)
  const [tcp, ws, operations] = (await freePorts(3)).map(port => `127.0.0.1:${port}`)
  const third = await cluster.also('gate', {
    LONGWIRE_NODE_NAME: 'gate3',
    LONGWIRE_GATE_TCP_ADDRESS: tcp!,
    LONGWIRE_GATE_WS_ADDRESS: ws!,
    LONGWIRE_GATE_OPERATIONS_ADDRESS: operations!,
  })
  const kinds = [
    [...cluster.tcp, `tcp://${tcp}`],
    [...cluster.ws, `ws://${ws}`],
  ] as const
  const people = Array.from({ length: PEOPLE }, (_, index) => {
    const urls = kinds[index % 2]!
    // Each knows one gate only: where the others are they learn by moving there.
    return new Person(`mover-${index}`, [urls[index % 3]!])
  })
  await Promise.all(people.map(person => person.comesOnline(t)))
  const backends = cluster.backends.map(url => createBackend({ url, key: KEY, timeoutMs: 60_000 }))
  t.teardown(() => Promise.all(backends.map(backend => backend.close())))
  const sent = new Map<string, string[]>(people.map(({ uid }) => [uid, []]))
  let flows = true
  const publish = async (person: Person, index: number): Promise<void> => {
    const texts = sent.get(person.uid)!
    for (let number = 0; flows; number++) {
      const body = `message ${number}`
      const to = { uid: person.uid, appcode: 1 }
      await backends[index % 2]!.publish({
        to,
        msgtype: 1,
        body,
        idempotencyKey: `${index}/${number}`,
      })
      texts.push(body)
      await new Promise(resolve => setTimeout(resolve, 200))
    }
  }
  const publishing = Promise.all(people.map(publish))
  const stop = async (): Promise<void> => {
    flows = false
    await publishing
  }
  return { cluster, gates: [...cluster.gates, third], people, sent, stop }
}

const heardAll = async (t: Test, { people, sent, stop }: Scene): Promise<void> => {
  await stop()
  for (const person of people) {
    const wanted = sent.get(person.uid)!
    await person.until(() => person.heard.length >= wanted.length)
    t.strictSame(person.heard, wanted, `${person.uid}: each once, in order`)
  }
}

const movesOf = (people: readonly Person[]): number =>
  people.reduce((sum, { moves }) => sum + moves, 0)

const someMoved = async (people: readonly Person[], before: number): Promise<void> => {
  while (movesOf(people) - before < 3) await new Promise(resolve => setTimeout(resolve, 20))
}

/** Of all logic nodes. */
const metric = async ({ http }: ServiceCluster, name: string): Promise<number> => {
  const headers = { authorization: `Bearer ${KEY}` }
  const texts = await Promise.all(
    http.map(async url => (await fetch(`${url}/metrics`, { headers })).text()),
  )
  const found = texts.map(text => text.split('\n').find(line => line.startsWith(`${name} `)))
  return found.reduce((sum, line) => sum + Number(line?.split(' ')[1] ?? 0), 0)
}

t.test('every gate is restarted under load, and no app notices', { skip }, async t => {
  const scene = await flowing(t)
  for (const gate of scene.gates) {
    t.equal(await gate.stop(), 0, 'all have left in time')
    await gate.start()
  }
  await heardAll(t, scene)
  t.equal(
    scene.people.reduce((sum, { disconnects }) => sum + disconnects, 0),
    0,
  )
  t.ok(movesOf(scene.people) >= PEOPLE, 'everybody has moved')
  const taken = await metric(scene.cluster, 'longwire_logic_ticket_logins_total{result="taken"}')
  t.ok(taken >= PEOPLE, `${taken} logins by ticket`)
})

t.test('logic, target and source are killed in mid-move: nothing is lost', { skip }, async t => {
  const scene = await flowing(t)
  const { gates, people, cluster } = scene
  const [source, target, other] = gates
  const disconnects = (): number => people.reduce((sum, each) => sum + each.disconnects, 0)

  const drained = source!.stop()
  await someMoved(people, 0)
  await cluster.logics[0]!.kill()
  t.equal(await drained, 0)
  await cluster.logics[0]!.start()
  await source!.start()
  t.equal(disconnects(), 0, 'whoever asks is answered by the other logic')

  const moves = movesOf(people)
  const emptied = other!.stop()
  await someMoved(people, moves)
  await target!.kill()
  await emptied
  await target!.start()
  await other!.start()

  const later = movesOf(people)
  void target!.stop()
  await someMoved(people, later)
  await target!.kill()
  await target!.start()
  await heardAll(t, scene)
})
