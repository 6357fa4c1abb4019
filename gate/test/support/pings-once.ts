import { CMD, URGENCY } from '@longwire/proto'
import { login } from './raw-client.ts'
import { stage } from './stage.ts'

/**
 * A program for strace: over each listener a message waits for a client, which pings then. It says
 * `MARK <listener>` on standard error right before and `MARK end` right after.
 */
const KINDS = [
  ['TCP', 'tcp', 'uws'],
  ['WebSocket by uWebSockets.js', 'ws', 'uws'],
  ['WebSocket by ws', 'ws', 'ws'],
] as const

for (const [name, transport, library] of KINDS) {
  const ends: (() => Promise<void>)[] = []
  const scene = await stage({ teardown: task => void ends.push(task) }, { library })
  const client = await scene.dial(transport)
  await login(client)
  await scene.pass(60_000)
  scene.logic.deliver(scene.session(), 1, 'x', { urgency: URGENCY.LOW })
  await scene.pass(60_000)
  process.stderr.write(`MARK ${name}\n`)
  client.ping()
  await client.expect(CMD.PONG)
  await client.expect(CMD.NOTIFY)
  process.stderr.write('MARK end\n')
  for (const end of ends) await end()
}
