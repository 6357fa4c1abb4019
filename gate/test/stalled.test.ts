import t from 'tap'
import { CMD, edgeBody, LIMITS } from '@longwire/proto'
import { TRUNK } from '@longwire/proto/trunk'
import { LOGIN, login, type RawClient } from './support/raw-client.ts'
import { stage } from './support/stage.ts'
import { turn, until } from './support/test-clock.ts'
import type { Transport } from './support/wire.ts'

const USERS = 20
const EACH = 1_000
const WINDOW = LIMITS.unackedFrames
const CONTENT = 'x'.repeat(500)

const pullAll = async (client: RawClient, from: number): Promise<number[]> => {
  const seqs: number[] = []
  while (from + seqs.length < EACH) {
    client.writer.pull(from + seqs.length, 0)
    client.send()
    const page = edgeBody.PullBody.decode((await client.expect(CMD.PULL_RESP)).body)
    seqs.push(...page.messages.map(({ seq }) => seq ?? 0))
  }
  return seqs
}

const TRANSPORTS: readonly Transport[] = ['tcp', 'ws']

for (const transport of TRANSPORTS) {
  t.test(
    `${transport}: stalled clients get a window and one NOTIFY each, and the rest when they read`,
    async t => {
      const { logic, dial, metric } = await stage(t)
      const clients = new Map<string, RawClient>()
      for (let user = 0; user < USERS; user++) {
        const uid = `stalled-${user}`
        const client = await dial(transport)
        await login(client, { ...LOGIN, uid })
        client.wire?.pause()
        clients.set(uid, client)
      }
      const sessions = logic.of(TRUNK.LOGIN)
      for (let seq = 1; seq <= EACH; seq++) {
        for (const uid of clients.keys()) logic.append(uid, CONTENT)
        logic.push(writer => {
          const content = Buffer.from(CONTENT)
          for (const session of sessions) logic.putDeliver(writer, session, { seq, content })
        })
        if (seq % 100 === 0) await turn()
      }
      let notified = 0
      const look = async (): Promise<void> => {
        notified = await metric('longwire_gate_notifies_total')
      }
      await until('the last hints were seen', () => {
        void look()
        return notified >= USERS
      })
      await turn()
      await look()
      t.equal(notified, USERS)
      t.equal(await metric('longwire_gate_data_total'), USERS * WINDOW)
      t.equal(await metric('longwire_gate_sessions'), USERS, 'nobody is cut')
      logic.pageRows = 300
      for (const [uid, client] of clients) {
        client.wire?.resume()
        for (let seq = 1; seq <= WINDOW; seq++)
          if ((await client.expect(CMD.DATA)).a !== seq) t.fail(`DATA ${seq} is out of place`)
        t.equal((await client.expect(CMD.NOTIFY)).a, WINDOW + 1)
        const rest = Array.from({ length: EACH - WINDOW }, (_, at) => WINDOW + 1 + at)
        t.same(await pullAll(client, WINDOW), rest, `${uid} has the rest once and in order`)
      }
    },
  )
}
