import { Sync } from '@longwire/client'
import { Announcer, Delivery, Trunk } from '@longwire/gate/internal'
import type { Route, RouteTable, Table } from '@longwire/logic'
import { Mailbox } from '@longwire/logic/internal'
import { CMD, FLAG_F, FrameWriter } from '@longwire/proto'
import type { DisturbanceName } from './disturbances.ts'
import type { WorldOptions } from './world.ts'

/** A bug on purpose, and what has to go wrong for it to show. */
interface Mutant extends Pick<
  WorldOptions,
  'ports' | 'frames' | 'frameShare' | 'long' | 'expiring' | 'publishMs'
> {
  readonly only: readonly DisturbanceName[]
  /** Breaks a class of this thread. */
  readonly breaks?: () => void
}

/** Replaces a method for good: a mutant has its thread for itself. */
const replace = (
  prototype: object,
  name: string,
  method: (this: never, ...args: never[]) => unknown,
): void => {
  if (!(name in prototype)) throw new Error(`there is no method ${name} to break`)
  Object.defineProperty(prototype, name, { value: method })
}

/** A port with some methods replaced. */
const altered = <T extends object>(port: T, methods: Partial<T>): T =>
  new Proxy(port, {
    get: (target, name) => Reflect.get(name in methods ? methods : target, name) as unknown,
  })

const writer = new FrameWriter()
const NOTHING = new Uint8Array(0)

/** Seqs of the message rows of a group come first, its record after them. */
const recordsLast = (table: Table): Table =>
  altered(table, {
    insert: groups =>
      table.insert(groups.map(rows => [...rows].sort((a, b) => (a.key < b.key ? 1 : -1)))),
  })

/** What expired leaves a hole. */
const emptied = (table: Table): Table =>
  altered(table, { replace: rows => table.remove(rows.map(({ key }) => key)) })

const unfencedBinds = (routes: RouteTable): RouteTable =>
  altered(routes, {
    bind: (route, rule, judge) => routes.bind({ ...route, dial: 0 }, rule, judge),
  })

const unfencedUnbinds = (routes: RouteTable): RouteTable =>
  altered(routes, {
    async unbind(key) {
      const [found = []] = await routes.lookup([key])
      const current = found.find(
        route => route.appcode === key.appcode && route.device === key.device,
      )
      return current === undefined ? false : routes.unbind(key, current.fence)
    },
  })

/** Whoever announces last has the route, as if it had just logged in. */
const unfencedRestores = (routes: RouteTable): RouteTable =>
  altered(routes, {
    async restore(route, rule, judge) {
      const { bound, replaced, kicked } = await routes.bind(route, rule, judge)
      const isOther = (old: Route): boolean =>
        old.gate !== route.gate || old.slot !== route.slot || old.generation !== route.generation
      const left = [...(replaced === undefined ? [] : [replaced]), ...kicked].filter(isOther)
      return { outcome: bound ? 'restored' : 'device', left }
    },
  })

const FLAPPING: readonly DisturbanceName[] = [
  'edge cut',
  'edge half-open',
  'edge stalled',
  'app crash',
]

/** Bugs that the simulation must notice, one at a time. */
export const MUTANTS = {
  'no gap flag': {
    only: ['edge half-open', 'app paused'],
    frames: ({ cmd, bytes }) => {
      if (cmd !== CMD.PULL_RESP || (bytes[0]! & FLAG_F) === 0) return undefined
      return withoutFloor(bytes)
    },
  },
  'no cursor filter': {
    only: ['edge cut'],
    frameShare: 0.1,
    breaks: () => replace(Sync.prototype, 'accepts', () => true),
  },
  'no prev check': {
    only: ['edge cut'],
    frameShare: 0.1,
    breaks: () => replace(Sync.prototype, 'follows', () => true),
  },
  'no heal on ping': {
    only: ['app opened'],
    frameShare: 0.1,
    breaks: () => replace(Delivery.prototype, 'heal', () => undefined),
  },
  'no fence check on bind': {
    only: ['trunk stalled', 'edge cut'],
    ports: { routes: unfencedBinds },
  },
  'unbind without compare': {
    only: [...FLAPPING, 'trunk stalled', 'logic paused'],
    ports: { routes: unfencedUnbinds },
  },
  'heads are not asked again after a link comes back': {
    only: ['trunk half-open', 'trunk stalled', 'partition'],
    breaks: () => replace(Trunk.prototype, 'resync', () => undefined),
  },
  'routes are not announced after a lapsed lease': {
    only: ['gate paused', 'app leaves'],
    breaks: () => replace(Announcer.prototype, 'lapsed', () => undefined),
  },
  'routes are announced without their fences': {
    only: ['gate paused', 'app opened'],
    ports: { routes: unfencedRestores },
  },
  'an append is answered though its head was verified long ago': {
    only: ['store write stalled', 'app opened', 'app opened', 'app opened', 'app opened'],
    long: true,
    expiring: 0,
    publishMs: 500,
    breaks: () => replace(Mailbox.prototype, 'isLate', () => false),
  },
  'nobody is told to move': {
    only: ['app opened'],
    frames: ({ cmd }) => (cmd === CMD.MIGRATE ? NOTHING : undefined),
  },
  'expiry leaves no stub': {
    only: ['store write astray', 'app opened', 'app opened', 'app opened', 'app opened'],
    long: true,
    expiring: 0.5,
    publishMs: 4_000,
    ports: { table: emptied },
  },
  'record written after its row': {
    only: ['logic killed', 'trunk cut', 'publisher killed', 'store slow', 'store flaky'],
    ports: { table: recordsLast },
  },
} as const satisfies Readonly<Record<string, Mutant>>

export type MutantName = keyof typeof MUTANTS
export const MUTANT_NAMES = Object.keys(MUTANTS) as readonly MutantName[]

/** How worlds are made where this bug is in. */
export const mutated = (name: MutantName): Omit<WorldOptions, 'seed'> => {
  const { breaks, ...options }: Mutant = MUTANTS[name]
  breaks?.()
  return options
}

/** The same PULL_RESP without its flag and floor. */
const withoutFloor = (frame: Uint8Array): Uint8Array => {
  let at = 1
  const varint = (): number => {
    const start = at
    while (frame[at]! >= 128) at++
    at++
    return start
  }
  varint()
  const fields = at
  varint()
  varint()
  const floor = varint()
  const payload = Buffer.concat([frame.subarray(fields, floor), frame.subarray(at)])
  writer.raw(CMD.PULL_RESP, 0, payload)
  return writer.take()
}
