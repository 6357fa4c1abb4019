import { createBackend } from '@longwire/client/backend'
import type { Test } from 'tap'
import { KEY, type Cluster, type Node } from './cluster.ts'
import { Person } from './people.ts'

const PEOPLE = 12
/** Clusters are shared: nobody is to hear what was sent before. */
let crowds = 0
const MESSAGES = 600

const fate = (victims: readonly Node[], kills: number): Map<number, Node> => {
  const plan = new Map<number, Node>()
  for (let kill = 0; kill < kills; kill++) {
    plan.set(Math.floor(((kill + 1) * MESSAGES) / (kills + 1)), victims[kill % victims.length]!)
  }
  return plan
}

/**
 * Publishes to people who are online and people who are away while `victims` are killed (-9) and started
 * again, then compares what was answered 2xx with what every app was told.
 */
export const survivesKills = (t: Test, cluster: Cluster, victims: readonly Node[]): Promise<void> =>
  survives(t, cluster, victims, victim => victim.kill())

/** The same with SIGTERM: besides, every process must say that it finished what it had begun. */
export const survivesStops = async (
  t: Test,
  cluster: Cluster,
  victims: readonly Node[],
): Promise<void> => {
  const codes: (number | null)[] = []
  await survives(t, cluster, victims, async victim => void codes.push(await victim.stop()))
  t.strictSame(codes, [0, 0, 0, 0], 'each drained to the end')
}

const survives = async (
  t: Test,
  cluster: Cluster,
  victims: readonly Node[],
  end: (victim: Node) => Promise<void>,
): Promise<void> => {
  const crowd = crowds++
  const people = Array.from(
    { length: PEOPLE },
    (_, n) => new Person(`person-${crowd}-${n}`, n % 2 === 0 ? cluster.tcp : cluster.ws),
  )
  const online = people.filter((_, n) => n % 3 !== 2)
  await Promise.all(online.map(person => person.comesOnline(t)))

  const urls = [...cluster.backends, ...cluster.http]
  const backends = urls.map(url => createBackend({ url, key: KEY, timeoutMs: 60_000 }))
  t.teardown(() => Promise.all(backends.map(backend => backend.close())))
  const kills = fate(victims, 4)
  const accepted = new Map<string, string[]>(people.map(person => [person.uid, []]))
  let sent = 0
  let failed = 0
  let restart: Promise<void> = Promise.resolve()

  // One publisher a person, so that the order in which a person's messages were published is known.
  const publisher = async (person: Person, index: number): Promise<void> => {
    const backend = backends[index % backends.length]!
    while (sent < MESSAGES) {
      const number = sent++
      const victim = kills.get(number)
      if (victim !== undefined) restart = restart.then(() => end(victim)).then(() => victim.start())
      const body = `message ${number}`
      try {
        await backend.publish({ to: { uid: person.uid, appcode: 1 }, msgtype: 1, body })
        accepted.get(person.uid)!.push(body)
      } catch {
        failed++
      }
    }
  }
  await Promise.all(people.map(publisher))
  await restart
  t.equal(failed, 0, 'every publish was answered in the end')

  await Promise.all(
    people.filter(person => person.state === 'away').map(person => person.comesOnline(t)),
  )
  await Promise.all(
    people.map(person =>
      person.until(() => person.heard.length >= accepted.get(person.uid)!.length),
    ),
  )
  for (const person of people) {
    t.strictSame(
      person.heard,
      accepted.get(person.uid),
      `${person.uid} got each message once, in order`,
    )
  }
  t.equal([...accepted.values()].flat().length, MESSAGES, 'all of them were accepted')
}
