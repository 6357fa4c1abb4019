import { createBackend } from '@longwire/client/backend'
import type { Test } from 'tap'
import { KEY, type Cluster } from './cluster.ts'
import { Person } from './people.ts'

const PEOPLE = 6
const POLL_MS = 50
const PATIENCE_MS = 60_000

const eventually = async (what: string, happened: () => Promise<boolean>): Promise<void> => {
  for (let waited = 0; waited < PATIENCE_MS; waited += POLL_MS) {
    if (await happened()) return
    await new Promise(resolve => setTimeout(resolve, POLL_MS))
  }
  throw new Error(`waited in vain until ${what}`)
}

interface Answer {
  readonly status: number
  readonly body: { readonly causes: { readonly part: string }[] }
}

const readiness = async (operations: string): Promise<Answer> => {
  const response = await fetch(`${operations}/readyz`)
  return { status: response.status, body: (await response.json()) as Answer['body'] }
}

const framesOf = async (cluster: Cluster): Promise<number> => {
  const texts = await Promise.all(
    cluster.operations.map(async url => (await fetch(`${url}/metrics`)).text()),
  )
  return texts.reduce(
    (sum, text) => sum + Number(/^longwire_gate_frames_total (\d+)$/m.exec(text)?.[1]),
    0,
  )
}

/** Kills every logic, looks at what gates and clients do meanwhile, and starts them again. */
export const survivesWithoutLogic = async (t: Test, cluster: Cluster): Promise<void> => {
  const people = Array.from(
    { length: PEOPLE },
    (_, n) => new Person(`stays-${n}`, n % 2 === 0 ? cluster.tcp : cluster.ws),
  )
  await Promise.all(people.map(person => person.comesOnline(t)))
  await Promise.all(cluster.logics.map(logic => logic.kill()))

  for (const url of cluster.operations) {
    await eventually('the gate knows', async () => (await readiness(url)).status === 503)
    const { body } = await readiness(url)
    t.strictSame(
      body.causes.map(({ part }) => part),
      ['trunk'],
    )
    t.equal((await fetch(`${url}/healthz`)).status, 200, 'it is alive all the same')
  }

  const late = new Person('late', cluster.tcp)
  const arrives = late.comesOnline(t)
  await eventually('the login is refused', async () => late.errors.length > 0)
  t.match(late.errors[0], { code: 'UNAVAILABLE', action: 'retry' })
  t.ok((late.errors[0]?.retryAfterMs ?? 0) >= 500, 'it is told when to come back')

  // A ping that is not answered ends the session: so wait until everybody has pinged.
  const pings = async (): Promise<number> => (await framesOf(cluster)) - late.errors.length
  const before = await pings()
  await eventually('all have pinged', async () => (await pings()) >= before + 2 * PEOPLE)
  t.strictSame(
    people.map(({ state, disconnects }) => [state, disconnects]),
    people.map(() => ['ready', 0]),
    'nobody lost the connection',
  )

  await Promise.all(cluster.logics.map(logic => logic.start()))
  await arrives
  const backend = createBackend({ url: cluster.backends[0]!, key: KEY, timeoutMs: 60_000 })
  t.teardown(() => backend.close())
  const everybody = [...people, late]
  await Promise.all(
    everybody.map(({ uid }) =>
      backend.publish({ to: { uid, appcode: 1 }, msgtype: 1, body: `to ${uid}` }),
    ),
  )
  await Promise.all(everybody.map(person => person.until(() => person.heard.length > 0)))
  for (const { uid, heard, disconnects } of everybody) {
    t.strictSame(heard, [`to ${uid}`])
    t.equal(disconnects, 0)
  }
  for (const url of cluster.operations) t.equal((await readiness(url)).status, 200)
}
