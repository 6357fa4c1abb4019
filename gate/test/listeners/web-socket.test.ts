import { createLogger } from '@longwire/kit'
import t from 'tap'
import { webSocketListener } from '../../src/listeners/web-socket.ts'
import { uwsProblem } from '../../src/listeners/uws.ts'

t.test('uWebSockets.js is used where it loads, without a word', async t => {
  const lines: string[] = []
  const log = createLogger({
    level: 'warn',
    name: 'test',
    destination: { write: line => lines.push(line) },
  })
  const listener = await webSocketListener({ address: '127.0.0.1:0', log })
  t.equal(listener.transport, 'ws')
  t.equal(lines.length, (await uwsProblem()) === undefined ? 0 : 1)
})
