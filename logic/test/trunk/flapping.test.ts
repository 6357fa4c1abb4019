import { seededRandom } from '@longwire/kit'
import { CODES, PREV_STATE } from '@longwire/proto'
import { TRUNK } from '@longwire/proto/trunk'
import t from 'tap'
import { startRig, tokenFor } from '../rig.ts'
import type { ScriptedPeer } from '../scripted-gate.ts'

const SEEDS = Number(process.env['LONGWIRE_TEST_SEEDS'] ?? 40)
const idOf = (slot: number, generation: number): Buffer => {
  const id = Buffer.alloc(8)
  id.writeUInt32BE(slot, 0)
  id.writeUInt32BE(generation, 4)
  return id
}

t.test('what became of a session is known at every gate, and it is closed at once', async t => {
  const rig = await startRig(t)
  const [one, two] = [await rig.gate('gate-1'), await rig.gate('gate-2')]
  const token = await tokenFor('ann')
  const logIn = async (gate: ScriptedPeer, slot: number, previous?: Buffer): Promise<number> => {
    const { code, prevState } = await gate.login({
      uid: 'ann',
      token,
      slot,
      dial: slot,
      ...(previous === undefined ? {} : { previous }),
    })
    t.equal(code, 0)
    return prevState
  }
  t.equal(await logIn(one, 1), PREV_STATE.UNKNOWN)
  t.equal(await logIn(two, 2, idOf(1, 1)), PREV_STATE.OPEN, 'half-open on the other gate')
  t.match(await one.next(TRUNK.KICK), { slot: 1, generation: 1, reserve: CODES.SUPERSEDED.code })
  one.gone({ uid: 'ann', slot: 1, ending: PREV_STATE.CLOSED_BY_SERVER })
  for (const ending of [
    PREV_STATE.RESET_BY_PEER,
    PREV_STATE.CLOSED_BY_SERVER,
    PREV_STATE.CLOSED_BY_PEER,
  ]) {
    const slot = 10 * ending
    await logIn(two, slot)
    two.gone({ uid: 'ann', slot, ending })
    t.equal(await logIn(one, slot + 1, idOf(slot, 1)), ending)
    one.gone({ uid: 'ann', slot: slot + 1, ending })
  }
  await logIn(two, 100)
  t.equal(await logIn(one, 101, idOf(100, 2)), PREV_STATE.UNKNOWN, 'another generation')
  await logIn(two, 102)
  two.link.close()
  await two.until(() => two.closed)
  t.equal(await logIn(one, 103, idOf(102, 1)), PREV_STATE.UNKNOWN, 'its gate cannot be asked')
  await one.login({ uid: 'bob', token: await tokenFor('bob'), slot: 104 })
  const stranger = await one.login({
    uid: 'eve',
    token: await tokenFor('eve'),
    slot: 105,
    previous: idOf(104, 1),
  })
  t.equal(stranger.prevState, PREV_STATE.UNKNOWN, 'nobody learns of the sessions of others')
  t.same(
    one.of(TRUNK.KICK).filter(kick => kick.slot === 104),
    [],
    'nor closes them',
  )
})

/** A LOGIN of a device on its way, maybe twice. */
interface Dial {
  readonly device: string
  readonly dial: number
  readonly gate: number
  readonly slot: number
}

t.test(`a flapping network never kicks the newest session of a device: ${SEEDS} seeds`, async t => {
  const rig = await startRig(t)
  for (let seed = 1; seed <= SEEDS; seed++) {
    const random = seededRandom(seed)
    const gates = [await rig.gate('gate-0'), await rig.gate('gate-1'), await rig.gate('gate-2')]
    const uid = `ann ${seed}`
    const token = await tokenFor(uid)
    const dials: Dial[] = Array.from({ length: 12 }, (_, at) => ({
      device: 'phone',
      dial: at + 1,
      gate: Math.floor(random() * gates.length),
      slot: at + 1,
    }))
    // Some arrive twice, all in any order, several at once.
    const arriving = [...dials, ...dials.filter(() => random() < 0.5)]
    for (let at = arriving.length - 1; at > 0; at--) {
      const other = Math.floor(random() * (at + 1))
      ;[arriving[at], arriving[other]] = [arriving[other]!, arriving[at]!]
    }
    const codes = new Map<number, number[]>()
    while (arriving.length > 0) {
      const next = arriving.splice(0, 1 + Math.floor(random() * 4))
      // Where one overtakes its own twin, nobody waits for the answer to the first.
      const some = next.filter(
        (each, at) => next.findIndex(other => other.dial === each.dial) === at,
      )
      await Promise.all(
        some.map(async ({ dial, gate, slot, device }) => {
          const { code } = await gates[gate]!.login({ uid, token, device, dial, slot })
          codes.set(dial, [...(codes.get(dial) ?? []), code])
        }),
      )
    }
    const [left = []] = await rig.routes.lookup([{ system: 'shop', uid }])
    const newest = dials.at(-1)!
    t.same(
      left.map(route => [route.dial, route.gate]),
      [[newest.dial, `gate-${newest.gate}@a`]],
      `seed ${seed}: the newest is bound`,
    )
    t.ok(codes.get(newest.dial)!.includes(0), `seed ${seed}: and welcome`)
    const kicks = gates.flatMap((gate, at) => gate.of(TRUNK.KICK).map(kick => ({ ...kick, at })))
    t.same(
      kicks.filter(kick => kick.slot === newest.slot && kick.at === newest.gate),
      [],
      `seed ${seed}: and never kicked`,
    )
    t.ok(
      kicks.every(kick => kick.reserve === CODES.SUPERSEDED.code),
      `seed ${seed}: nobody is told of another device`,
    )
  }
})

t.test(
  `LOGINs that were delayed until another device had logged in never kick it: ${SEEDS} seeds`,
  async t => {
    const rig = await startRig(t)
    for (let seed = 1; seed <= SEEDS; seed++) {
      const random = seededRandom(seed)
      const gates = [await rig.gate('gate-0'), await rig.gate('gate-1')]
      const uid = `bob ${seed}`
      const token = await tokenFor(uid)
      const logIn = async (device: string, dial: number, slot: number): Promise<number> => {
        const gate = gates[Math.floor(random() * gates.length)]!
        return (await gate.login({ uid, token, device, dial, slot })).code
      }
      const newest = 3 + Math.floor(random() * 5)
      // The old phone dials and dials; its last dial gets through, the rest is on its way.
      t.equal(await logIn('old', newest, newest), 0)
      if (random() < 0.5) {
        for (const gate of gates) gate.gone({ uid, device: 'old', slot: newest })
        while ((await rig.routes.lookup([{ system: 'shop', uid }]))[0]!.length > 0)
          await new Promise(setImmediate)
      }
      t.equal(await logIn('new', 1, 100), 0)
      for (let late = 1; late < 2 * newest; late++) {
        const dial = 1 + Math.floor(random() * (newest - 1))
        t.equal(await logIn('old', dial, late), CODES.STALE_DIAL.code, `seed ${seed}: dial ${dial}`)
      }
      const [left = []] = await rig.routes.lookup([{ system: 'shop', uid }])
      t.same(
        left.map(route => route.device),
        ['new'],
        `seed ${seed}`,
      )
      t.equal(await logIn('old', newest + 1, 200), 0, `seed ${seed}: who dials anew is let in`)
    }
  },
)
