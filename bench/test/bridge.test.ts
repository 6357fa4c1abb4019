import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { Bridge } from '../src/bridge.ts'

const bridged = async (
  t: Test,
): Promise<{ bridge: Bridge; dial: () => Promise<{ client: Socket; server: Socket }> }> => {
  const sockets = new Set<Socket>()
  const upstream = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => undefined)
  })
  upstream.listen(0, '127.0.0.1')
  await once(upstream, 'listening')
  const { port } = upstream.address() as AddressInfo
  const bridge = await Bridge.open({ host: '127.0.0.1', port })
  t.teardown(async () => {
    for (const socket of sockets) socket.destroy()
    await bridge.close()
    upstream.close()
  })
  const dial = async (): Promise<{ client: Socket; server: Socket }> => {
    const arrived = once(upstream, 'connection')
    const client = connect(bridge.port, '127.0.0.1')
    const [server] = (await arrived) as [Socket]
    sockets.add(client)
    client.on('error', () => undefined)
    return { client, server }
  }
  return { bridge, dial }
}

const say = async (from: Socket, to: Socket, text: string): Promise<string> => {
  const heard = once(to, 'data')
  from.write(text)
  return String((await heard)[0])
}

t.test('bytes pass both ways, and so does the end', async t => {
  const { dial } = await bridged(t)
  const { client, server } = await dial()
  t.equal(await say(client, server, 'hello'), 'hello')
  t.equal(await say(server, client, 'there'), 'there')
  const ended = once(client, 'end')
  client.resume()
  server.end()
  await ended
})

t.test('a cut resets what is open and refuses what comes', async t => {
  const { bridge, dial } = await bridged(t)
  const { client, server } = await dial()
  const gone = Promise.all([once(client, 'error'), once(server, 'error')])
  bridge.cut()
  await gone
  const refused = connect(bridge.port, '127.0.0.1')
  await once(refused, 'error')
  bridge.mend()
  const again = await dial()
  t.equal(await say(again.client, again.server, 'back'), 'back')
})

t.test('what is swallowed is gone, nobody is told, and the mended link is reset', async t => {
  const { bridge, dial } = await bridged(t)
  const broken = await dial()
  const quiet = await dial()
  t.equal(await say(broken.client, broken.server, 'before'), 'before')
  bridge.swallow()
  const heard: string[] = []
  broken.server.on('data', bytes => heard.push(String(bytes)))
  broken.server.on('end', () => heard.push('end'))
  broken.client.write('swallowed')
  const late = connect(bridge.port, '127.0.0.1')
  const resets = Promise.all([once(broken.client, 'error'), once(late, 'error')])
  late.write('too')
  while (bridge.swallowed < 'swallowedtoo'.length) await new Promise(setImmediate)
  t.same(heard, [])
  bridge.mend()
  await resets
  t.same(heard, [], 'nothing arrives late')
  t.equal(await say(quiet.client, quiet.server, 'whole'), 'whole', 'a link that was quiet goes on')
})

t.test('a stalled link takes what the near side says and hands nothing back', async t => {
  const { bridge, dial } = await bridged(t)
  const { client, server } = await dial()
  t.equal(await say(server, client, 'before'), 'before')
  bridge.stall()
  const heard: string[] = []
  client.on('data', bytes => heard.push(String(bytes)))
  server.write('held')
  t.equal(await say(client, server, 'up'), 'up')
  t.same(heard, [])
  const flowed = once(client, 'data')
  bridge.flow()
  await flowed
  t.same(heard, ['held'])
})
