import { openRedis, redisRegistry } from '@longwire/kit'
import { createClient, fileAddresses, type Client } from '@longwire/client/node'
import { createPresence } from '@longwire/client/backend'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { KEY, Node, startOnServices, tokenFor } from './cluster.ts'
import { freePorts } from './ports.ts'

const redis = process.env['LONGWIRE_TEST_REDIS'] ?? ''
const skip = redis === '' ? 'LONGWIRE_TEST_REDIS is not set' : false

t.setTimeout(120_000)

/** Gates and a dispatcher that have only the registry in common. */
const startFleet = async (t: Test) => {
  const [port] = await freePorts(1)
  const shared = {
    LONGWIRE_DATA: t.testdir(),
    LONGWIRE_CLUSTER_NAME: `e2e-dispatcher-${process.pid}-${port}`,
    LONGWIRE_CLUSTER_SECRET: 'e2e-cluster-secret-0123456789',
    LONGWIRE_REGISTRY: redis,
    LONGWIRE_GATE_OPERATIONS_ADDRESS: 'off',
    LONGWIRE_GATE_WS_ADDRESS: 'off',
    LONGWIRE_DISPATCHER_RATE_BURST: '100000',
  }
  const start = async (role: string, env: Record<string, string>): Promise<Node> => {
    const node = new Node(role, { ...shared, ...env })
    t.teardown(() => node.kill())
    await node.start()
    return node
  }
  const gate = async (name: string): Promise<{ node: Node; url: string }> => {
    const [tcp] = await freePorts(1)
    const address = `127.0.0.1:${tcp}`
    const env = { LONGWIRE_NODE_NAME: name, LONGWIRE_GATE_TCP_ADDRESS: address }
    return { node: await start('gate', env), url: `tcp://${address}` }
  }
  const url = `http://127.0.0.1:${port}`
  const list = async (query = ''): Promise<string[]> => {
    const { gates } = (await (await fetch(`${url}/v1/gates${query}`)).json()) as {
      gates: { url: string }[]
    }
    return gates.map(each => each.url).sort()
  }
  const settles = async (urls: readonly string[]): Promise<void> => {
    const wanted = [...urls].sort().join()
    while ((await list()).join() !== wanted) await new Promise(resolve => setTimeout(resolve, 20))
  }
  const dispatcher = await start('dispatcher', { LONGWIRE_DISPATCHER_ADDRESS: `127.0.0.1:${port}` })
  return { url, dispatcher, gate, list, settles, name: shared.LONGWIRE_CLUSTER_NAME }
}

t.test('a dispatcher by itself tells of gates as they come, die and leave', { skip }, async t => {
  const { url, dispatcher, gate, list, settles } = await startFleet(t)
  t.strictSame(await list(), [])
  const [a, b, c] = await Promise.all(['a', 'b', 'c'].map(gate))
  await settles([a!.url, b!.url, c!.url])
  t.strictSame(await list('?transport=wss'), [])

  await a!.node.kill()
  const killedAt = performance.now()
  await settles([b!.url, c!.url])
  t.comment(`a killed gate left the list after ${Math.round(performance.now() - killedAt)} ms`)

  const d = await gate('d')
  await settles([b!.url, c!.url, d.url])

  t.equal(await d.node.stop(), 0)
  await settles([b!.url, c!.url])
  t.equal((await fetch(`${url}/readyz`)).status, 200)
  t.equal(await dispatcher.stop(), 0, 'SIGTERM drains it')
})

t.test('an emptied registry halves no list', { skip }, async t => {
  const { gate, list, settles, name } = await startFleet(t)
  const [a, b, c] = await Promise.all(['a', 'b', 'c'].map(gate))
  const all = [a!.url, b!.url, c!.url]
  await settles(all)
  const client = openRedis(redis)
  t.teardown(() => client.close())
  const registry = redisRegistry(client, name)
  for (let round = 0; round < 10; round++) {
    for (const node of await registry.list('gate')) await registry.withdraw(node)
    for (let look = 0; look < 10; look++) {
      t.strictSame(await list(), all.sort())
      await new Promise(resolve => setTimeout(resolve, 10))
    }
  }
})

const reached = (client: Client, state: string): Promise<void> =>
  new Promise(resolve => {
    const stop = client.on('state', change => {
      if (change.state !== state) return
      stop()
      resolve()
    })
  })

t.test(
  'apps find gates by the dispatcher, old and new ones, and do without it later',
  { skip },
  async t => {
    const cluster = await startOnServices(t, redis, 'lmdb')
    const [port, newPort] = await freePorts(2)
    const dispatcher = await cluster.also('dispatcher', {
      LONGWIRE_DISPATCHER_ADDRESS: `127.0.0.1:${port}`,
    })
    const dispatchers = [`http://127.0.0.1:${port}`]
    const presence = createPresence({ url: cluster.http[0]!, key: KEY })
    const addresses = fileAddresses(join(t.testdir(), 'addresses.json'))
    const clientFor = (uid: string, keeps = false): Client => {
      const client = createClient({
        appcode: 2,
        uid,
        device: 'e2e',
        token: () => tokenFor(uid),
        dispatcher: { urls: dispatchers, transport: 'tcp' },
        ...(keeps ? { addresses } : {}),
      })
      t.teardown(() => client.close())
      return client
    }
    const alice = clientFor('alice', true)
    await alice.connect()

    await t.test('a gate that is killed: back at another one', async t => {
      const gone = reached(alice, 'waiting')
      const [user] = await presence.online(['alice'])
      const at = user?.ends[0]?.gate.startsWith('gate1@') === true ? 0 : 1
      await cluster.gates[at]!.kill()
      await gone
      await reached(alice, 'ready')
      await cluster.gates[at]!.start()
      t.equal(alice.state, 'ready')
    })

    await t.test('a gate that is new gets connections, and nothing was restarted', async t => {
      await cluster.also('gate', {
        LONGWIRE_NODE_NAME: 'gate3',
        LONGWIRE_GATE_TCP_ADDRESS: `127.0.0.1:${newPort}`,
        LONGWIRE_GATE_WS_ADDRESS: 'off',
        LONGWIRE_GATE_OPERATIONS_ADDRESS: 'off',
      })
      let clients = 0
      const has = async (): Promise<boolean> => {
        const found = await presence.gates()
        return found.some(({ name, sessions = 0 }) => name === 'gate3' && sessions > 0)
      }
      while (!(await has()) && clients < 300) await clientFor(`user-${clients++}`).connect()
      t.ok(clients < 300, `${clients} clients until one of them was there`)
    })

    await t.test('a restarted app without any dispatcher', async t => {
      while ((await addresses.load())?.includes('tcp://') !== true)
        await new Promise(resolve => setTimeout(resolve, 10))
      await alice.close()
      await dispatcher.kill()
      const again = clientFor('alice', true)
      await again.connect()
      t.equal(again.state, 'ready')
    })
  },
)
