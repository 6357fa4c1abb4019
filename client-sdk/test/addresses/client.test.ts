import { createServer } from 'node:http'
import { join } from 'node:path'
import { bucketOf } from '@longwire/proto'
import t, { type Test } from 'tap'
import { fileAddresses } from '../../src/node.ts'
import { ScriptedGate } from '../scripted-gate.ts'
import { reached, setUp, turn } from '../set-up.ts'
import { listOf } from './fleet.ts'

/** A dispatcher of its own process, as far as an app can tell. */
const startDispatcher = async (test: Test, urls: () => readonly string[]) => {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    response.setHeader('content-type', 'application/json').end(listOf(urls()))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const stop = (): void => {
    server.close()
    server.closeAllConnections()
  }
  test.teardown(stop)
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return { url: `http://127.0.0.1:${port}`, asked, stop }
}

/** What a client says of itself, for releases that come to some users first. */
const WHO = `bucket=${bucketOf('amy')}&agent=longwire-js%2F0.1.0`

t.test('a client finds its gate by the dispatcher, and after a restart without it', async test => {
  const { gate, create, options } = await setUp(test)
  const dispatcher = await startDispatcher(test, () => [gate.url])
  const addresses = fileAddresses(join(test.testdir(), 'addresses.json'))
  const { urls: _, ...rest } = options
  const asks = { ...rest, dispatcher: { urls: [dispatcher.url], transport: 'tcp' }, addresses }
  const first = create(asks)
  const connected = first.connect()
  await (await gate.accept()).welcome()
  await connected
  test.strictSame(dispatcher.asked, [`/v1/gates?appcode=1&transport=tcp&${WHO}`])
  await first.close()
  dispatcher.stop()
  while ((await addresses.load())?.includes(gate.url) !== true) await turn()

  const second = create({ ...asks, addresses })
  test.teardown(() => second.close())
  const again = second.connect()
  await (await gate.accept()).welcome()
  await again
  test.equal(dispatcher.asked.length, 1)
})

t.test('where neither dispatcher nor DNS answers the embedded addresses do', async test => {
  const { gate, create, options } = await setUp(test)
  const asked: string[] = []
  const client = create({
    ...options,
    urls: ['tcp://gate.example.com:7001'],
    gates: [gate.url],
    // Nobody is there to answer them.
    probes: false,
    dispatcher: { urls: ['https://gates.example.com'], fallbackIps: ['https://192.0.2.1'] },
    resolve: async host => {
      asked.push(host)
      throw new Error('ENOTFOUND')
    },
    fetch: async input => {
      asked.push(input instanceof Request ? input.url : String(input))
      throw new Error('ENOTFOUND')
    },
  })
  test.teardown(() => client.close())
  const connected = client.connect()
  await (await gate.accept()).welcome()
  await connected
  test.strictSame(asked, [
    `https://gates.example.com/v1/gates?appcode=1&transport=tcp&${WHO}`,
    `https://192.0.2.1/v1/gates?appcode=1&transport=tcp&${WHO}`,
    'gate.example.com',
  ])
})

t.test(
  'a gate that is emptied has the list asked anew, and the next dial goes by it',
  async test => {
    const { gate, clock, create, options } = await setUp(test, { random: () => 0.5 })
    const other = await ScriptedGate.listen()
    test.teardown(() => other.close())
    let urls = [gate.url]
    const dispatcher = await startDispatcher(test, () => urls)
    const { urls: _, ...rest } = options
    const client = create({ ...rest, dispatcher: { urls: [dispatcher.url], transport: 'tcp' } })
    test.teardown(() => client.close())
    const connected = client.connect()
    const end = await gate.accept()
    await end.welcome()
    await connected
    clock.advance(60_000)
    urls = [other.url]
    end.kick('DRAINING', { spread: 1_000 }).send()
    await reached(client, 'waiting')
    while (dispatcher.asked.length < 2) await turn()
    for (let n = 0; n < 20; n++) await turn()
    clock.advance(500)
    await (await other.accept()).welcome()
  },
)

t.test('a client that is closed asks nobody any more', async test => {
  const { clock, create, options } = await setUp(test)
  let calledOff = 0
  const { urls: _, ...rest } = options
  const client = create({
    ...rest,
    dispatcher: { urls: ['https://gates.example.com'] },
    transports: { wss: { connect: () => new Promise(() => undefined) } },
    fetch: (__, init) =>
      new Promise((___, reject) => {
        init?.signal?.addEventListener('abort', () => {
          calledOff++
          reject(new Error('called off'))
        })
      }),
  })
  const failed = client.connect().catch((error: unknown) => error)
  await turn()
  await client.close()
  test.match(await failed, { code: 'CLOSED' })
  await turn()
  test.equal(calledOff, 1)
  test.equal(clock.timers, 0)
})

t.test('addresses that cannot be used are refused, with the field', async test => {
  const { create, options } = await setUp(test)
  const { urls: _, ...rest } = options
  for (const [change, message] of [
    [{}, 'urls must name at least one gate'],
    [{ gates: ['http://x'] }, 'gates: cannot dial "http://x"'],
    [{ dispatcher: { urls: [] } }, 'dispatcher.urls must name at least one'],
    [
      { dispatcher: { urls: ['https://x'], fallbackIps: ['203.0.113.5'] } },
      'write it like https://203.0.113.5',
    ],
    [
      { dispatcher: { urls: ['https://x'], transport: 'udp' } },
      'dispatcher.transport: cannot dial udp',
    ],
  ] as const)
    test.throws(() => create({ ...rest, ...change }), { code: 'BAD_FIELD', message })
})
