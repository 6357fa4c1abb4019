import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createBackend } from '@longwire/client/backend'
import { createClient } from '@longwire/client/node'
import t from 'tap'
import { KEY, startOnServices } from './cluster.ts'
import { olderBuild, olderMissing } from './older.ts'
import { Person } from './people.ts'
import { freePorts } from './ports.ts'

const redis = process.env['LONGWIRE_TEST_REDIS'] ?? ''
const skip = redis === '' ? 'LONGWIRE_TEST_REDIS is not set' : olderMissing() || false

t.setTimeout(300_000)

/**
 * A build from before sessions could be moved, and one of today: SDKs of both on gates of both, at a logic of
 * today. Each gate is emptied in turn while messages flow.
 */
t.test('two adjacent versions understand each other', { skip }, async t => {
  const build = olderBuild()
  const entry = pathToFileURL(join(build, 'client-sdk/dist/src/node.js')).href
  const older = (await import(entry)) as { readonly createClient: typeof createClient }
  const cluster = await startOnServices(t, redis, 'lmdb', {
    LONGWIRE_DRAIN_DEADLINE_MS: '12000',
    LONGWIRE_GATE_LIMITS_DRAIN_SPREAD_MS: '1000',
  })
  const [tcp, ws, operations] = (await freePorts(3)).map(port => `127.0.0.1:${port}`)
  const env = {
    LONGWIRE_NODE_NAME: 'older',
    LONGWIRE_GATE_TCP_ADDRESS: tcp!,
    LONGWIRE_GATE_WS_ADDRESS: ws!,
    LONGWIRE_GATE_OPERATIONS_ADDRESS: operations!,
  }
  const olderGate = await cluster.also('gate', env, join(build, 'cli/bin/longwire.js'))
  const [newer, spare] = cluster.gates
  await spare!.stop()
  const kinds = [
    [cluster.tcp[0]!, `tcp://${tcp}`],
    [cluster.ws[0]!, `ws://${ws}`],
  ] as const
  const people = Array.from({ length: 16 }, (_, index) => {
    const [first, second] = kinds[index % 2]!
    const urls = index % 4 < 2 ? [first, second] : [second, first]
    const create = index < 8 ? older.createClient : createClient
    return new Person(`adjacent-${index}`, urls, { create })
  })
  await Promise.all(people.map(person => person.comesOnline(t)))
  const backend = createBackend({ url: cluster.backends[0]!, key: KEY })
  t.teardown(() => backend.close())
  let number = 0
  const heard = async (): Promise<void> => {
    for (const person of people)
      await backend.publish({ to: { uid: person.uid, appcode: 1 }, msgtype: 1, body: `${number}` })
    number++
    for (const person of people) await person.until(() => person.heard.length >= number)
  }
  await heard()

  t.equal(await newer!.stop(), 0, 'all clients leave a gate of today for an older one')
  await heard()
  await newer!.start()
  t.equal(await olderGate.stop(), 0, 'and an older one for one of today')
  await heard()
  await olderGate.start()
  await heard()

  const wanted = Array.from({ length: number }, (_, index) => `${index}`)
  for (const person of people) t.strictSame(person.heard, wanted, person.uid)
  const ofToday = people.slice(8)
  t.equal(
    ofToday.reduce((sum, { disconnects }) => sum + disconnects, 0),
    0,
    'an app with the SDK of today does not notice, on either gate',
  )
  t.equal(
    ofToday.filter(({ moves }) => moves > 0).length,
    4,
    'to the older gate, which knows no tickets, they moved with their token',
  )
})
