import type { GateView, Moving, Order, Selection, World } from './mover.ts'

/** What one gate has to do in a wave, and how far it is. */
export interface Part extends Moving {
  readonly gate: string
  /** Ids of the gates to go to; empty: whoever is on the other side. */
  readonly to: readonly string[]
  readonly which: Selection
  /** The gate was gone before it was done. */
  readonly lost: boolean
}

/** Orders that are given at the same time. */
export interface Wave {
  /** No other wave of any operation has it. */
  readonly id: string
  readonly beganAt: number
  readonly parts: readonly Part[]
}

const NOTHING: Moving = {
  matching: 0,
  told: 0,
  moved: 0,
  left: 0,
  failed: 0,
  pending: 0,
  done: false,
  sessions: 0,
  problem: '',
}

export const wave = (
  id: string,
  now: number,
  parts: readonly Pick<Part, 'gate' | 'to' | 'which'>[],
): Wave => ({
  id,
  beganAt: now,
  parts: parts.map(({ gate, to, which }) => ({ ...NOTHING, gate, to, which, lost: false })),
})

/** The same wave with what gates have said since; a gate that is gone has done what it could. */
export const heardOf = (old: Wave, { gates, heard }: World): Wave => ({
  ...old,
  parts: old.parts.map(part => {
    if (part.done) return part
    const said = heard(old.id, part.gate)
    const found = said === undefined ? part : { ...part, ...said }
    const isThere = gates.some(({ id }) => id === part.gate)
    return isThere || found.done ? found : { ...found, done: true, lost: true }
  }),
})

export const isDone = ({ parts }: Wave): boolean => parts.every(({ done }) => done)

/** Over all its gates. */
export const tallyOf = ({ parts }: Wave): Omit<Moving, 'done' | 'problem'> => {
  const sum = (field: 'matching' | 'told' | 'moved' | 'left' | 'failed' | 'pending' | 'sessions') =>
    parts.reduce((total, part) => total + part[field], 0)
  return {
    matching: sum('matching'),
    told: sum('told'),
    moved: sum('moved'),
    left: sum('left'),
    failed: sum('failed'),
    pending: sum('pending'),
    sessions: sum('sessions'),
  }
}

/** What gates that cannot go on say of it. */
export const problemsOf = ({ parts }: Wave): string =>
  parts
    .filter(({ problem }) => problem !== '')
    .map(({ gate, problem }) => `${gate}: ${problem}`)
    .join('; ')

/** Gates take logins of their own beside those that are sent to them. */
const SHARE_OF_ACCEPT = 0.5
/** Where no gate says what it can take. */
const PER_SECOND = 100

/** Logins a second that these gates take beside their own. */
export const paceOf = (gates: readonly GateView[]): number => {
  const accept = gates.reduce((sum, gate) => sum + gate.accept, 0)
  return Math.max(1, Math.floor(accept === 0 ? PER_SECOND : accept * SHARE_OF_ACCEPT))
}

/** Room that a gate has. */
export const roomOf = ({ capacity, conns }: GateView): number => Math.max(0, capacity - conns)

/** Those that have room first, the roomiest in front; none that apps are not told of. */
export const bestOf = (gates: readonly GateView[]): GateView[] =>
  gates
    .filter(({ listed, urls }) => listed && urls.length > 0)
    .sort((a, b) => roomOf(b) - roomOf(a) || (a.id < b.id ? -1 : 1))

/** What gates are to be told for a wave that runs, or stands still. */
export const ordersOf = (
  { id, parts }: Wave,
  { gates }: World,
  terms: {
    readonly state: Order['state']
    readonly reason: string
    readonly drain?: boolean
    readonly perSecond?: number | undefined
    /** In place of gates of parts that name none. */
    readonly others?: readonly GateView[]
  },
): Order[] => {
  const left = terms.state === 'cancel' ? parts : parts.filter(({ done }) => !done)
  return left.map(({ gate, to, which }) => {
    const wanted =
      to.length === 0 ? (terms.others ?? []) : gates.filter(each => to.includes(each.id))
    const best = bestOf(wanted.filter(each => each.id !== gate))
    const pace = terms.perSecond ?? paceOf(best)
    return {
      id,
      gate,
      state: best.length === 0 && terms.state === 'run' ? 'pause' : terms.state,
      drain: terms.drain ?? false,
      which,
      targets: best.flatMap(({ urls }) => urls),
      perSecond: Math.max(1, Math.floor(pace / left.length)),
      reason: terms.reason,
    }
  })
}
