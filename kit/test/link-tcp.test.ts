import t, { type Test } from 'tap'
import type { Link } from '../src/link.ts'
import { tcpDial, tcpLinkServer } from '../src/link-tcp.ts'
import { linkContract } from './contract/link.ts'

const pair = async (t: Test): Promise<[Link, Link]> => {
  const server = tcpLinkServer('127.0.0.1:0')
  t.teardown(() => server.close())
  let arrived: (link: Link) => void = () => {}
  const far = new Promise<Link>(resolve => {
    arrived = resolve
  })
  const near = await tcpDial(await server.listen(link => arrived(link)))
  t.teardown(() => near.close())
  return [near, await far]
}

linkContract(t, { make: pair })

t.test('dialling an address where nobody listens rejects', async t => {
  const server = tcpLinkServer('127.0.0.1:0')
  const address = await server.listen(() => {})
  await server.close()
  await t.rejects(tcpDial(address), { code: 'ECONNREFUSED' })
})

t.test('a taken port rejects and names itself', async t => {
  const server = tcpLinkServer('127.0.0.1:0')
  t.teardown(() => server.close())
  const address = await server.listen(() => {})
  await t.rejects(
    tcpLinkServer(address).listen(() => {}),
    { code: 'EADDRINUSE', port: Number(address.split(':')[1]) },
  )
})

t.test('an IPv6 address is written in brackets', async t => {
  const server = tcpLinkServer('[::1]:0')
  t.teardown(() => server.close())
  const address = await server.listen(link =>
    link.open({ data: chunk => link.write(chunk), closed: () => {} }),
  )
  const link = await tcpDial(address)
  t.teardown(() => link.close())
  const echoed = new Promise<string>(resolve =>
    link.open({ data: chunk => resolve(chunk.toString()), closed: () => resolve('closed') }),
  )
  link.write(Buffer.from('hi'))
  t.equal(await echoed, 'hi')
})
