import type { Host } from './scheduler.ts'
import type { World } from './world.ts'

type Disturbance = (world: World) => void

const seconds = (world: World, most: number): number => world.scheduler.random() * most * 1_000

/** A connection of a device, also one that is not logged in yet. */
const edgeOf = (world: World): { host: Host; other: Host } | undefined => {
  const ends = world.devices
    .filter(device => device.running)
    .flatMap(({ host }) => world.network.between(host))
  if (ends.length === 0) return undefined
  const { host, peer } = world.scheduler.pick(ends)
  return { host, other: peer.host }
}

const trunkOf = (world: World): { host: Host; other: Host } => ({
  host: world.scheduler.pick(world.gates).host,
  other: world.scheduler.pick(world.logics).host,
})

const pause = (world: World, host: Host, most: number): void => {
  if (!host.alive || host.paused) return
  const ms = seconds(world, most)
  world.note(host.name, `stands still for ${Math.round(ms)} ms`)
  host.pause()
  world.later(ms, () => {
    host.resume()
    world.note(host.name, 'goes on')
  })
}

const restart = (world: World, name: string, start: () => void): void =>
  world.later(200 + seconds(world, 6), () => {
    world.note(name, 'starts')
    start()
  })

const kill = (world: World, node: World['nodes'][number]): void => {
  if (!node.alive) return
  const silent = world.scheduler.chance(0.3)
  world.note(node.id, silent ? 'loses power' : 'is killed')
  node.kill(silent)
  restart(world, node.name, () => node.alive || node.start())
}

const stop = (world: World, node: World['nodes'][number]): void => {
  if (!node.alive) return
  const { host } = node
  world.note(node.id, 'is told to stop')
  const ended = (): void => {
    if (!host.alive || node.host !== host) return
    world.note(node.id, 'ends')
    node.kill(false)
    restart(world, node.name, () => node.alive || node.start())
  }
  void node.stop().then(() => host.clock.after(20, ended))
  world.later(10_000, ended)
}

const service = (
  world: World,
  name: 'store' | 'redis' | 'registry',
  set: { down?: boolean; slowness?: number; flaky?: number },
): void => {
  const target = world.backing[name]
  Object.assign(target, set)
  world.note(name, JSON.stringify(set))
  world.later(seconds(world, 6), () => {
    target.down = false
    target.slowness = 1
    target.flaky = 0
    world.note(name, 'is well')
  })
}

const INSERTS: ReadonlySet<string> = new Set(['insert'])
const WRITES: ReadonlySet<string> = new Set(['insert', 'raise', 'replace', 'swap', 'remove'])

/** What can go wrong. A world takes some of them, so that each can show what others would hide. */
export const DISTURBANCES = {
  'edge cut': world => {
    const edge = edgeOf(world)
    if (edge === undefined) return
    world.note(edge.host.name, 'connection cut')
    for (const end of world.network.between(edge.host)) end.cut()
  },
  'edge half-open': world => {
    const edge = edgeOf(world)
    if (edge === undefined) return
    world.note(edge.host.name, 'connection half-open')
    for (const end of world.network.between(edge.host)) end.lost = end.peer.lost = true
  },
  'edge stalled': world => {
    const edge = edgeOf(world)
    if (edge === undefined) return
    world.note(edge.host.name, 'connection stalled')
    world.network.part(edge.host, edge.other, seconds(world, 8), true)
  },
  'trunk cut': world => {
    const { host, other } = trunkOf(world)
    world.note(host.name, `trunk to ${other.name} cut`)
    for (const end of world.network.between(host, other)) end.cut()
  },
  'trunk half-open': world => {
    const { host, other } = trunkOf(world)
    world.note(host.name, `trunk to ${other.name} half-open`)
    for (const end of world.network.between(host, other)) end.lost = end.peer.lost = true
  },
  'trunk stalled': world => {
    const { host, other } = trunkOf(world)
    world.note(host.name, `trunk to ${other.name} stalled`)
    world.network.part(host, other, seconds(world, 6), true)
  },
  partition: world => {
    const { host, other } = trunkOf(world)
    world.note(host.name, `parted from ${other.name}`)
    world.network.part(host, other, 0, false)
    world.later(seconds(world, 12), () => world.network.join())
  },
  'app crash': world => {
    const device = world.scheduler.pick(world.devices)
    if (!device.running) return
    device.crash(world.scheduler.chance(0.4))
    world.later(seconds(world, 4), () => device.open())
  },
  'app paused': world => pause(world, world.scheduler.pick(world.devices).host, 20),
  'app leaves': world => {
    const device = world.scheduler.pick(world.devices)
    if (!device.running) return
    device.leave(world.scheduler.chance(0.5))
    world.later(500 + seconds(world, 8), () => device.open())
  },
  'app opened': world => world.scheduler.pick(world.devices).open(),
  'gate killed': world => kill(world, world.scheduler.pick(world.gates)),
  'gate stopped': world => stop(world, world.scheduler.pick(world.gates)),
  'gate paused': world => pause(world, world.scheduler.pick(world.gates).host, 15),
  'logic killed': world => kill(world, world.scheduler.pick(world.logics)),
  'logic stopped': world => stop(world, world.scheduler.pick(world.logics)),
  'logic paused': world => pause(world, world.scheduler.pick(world.logics).host, 60),
  'publisher killed': world => {
    const publisher = world.scheduler.pick(world.publishers)
    if (!publisher.running) return
    world.note(publisher.name, 'is killed')
    publisher.crash()
    world.later(seconds(world, 4), () => publisher.running || publisher.start())
  },
  'store away': world => service(world, 'store', { down: true }),
  'store slow': world => service(world, 'store', { slowness: 25 }),
  'store flaky': world => service(world, 'store', { flaky: 0.2 }),
  'store write stalled': world => {
    const { host } = world.scheduler.pick(world.logics)
    const ms = seconds(world, 60)
    world.note(host.name, `its next insert is ${Math.round(ms)} ms under way`)
    world.backing.store.stall(host, { ms, operations: INSERTS, torn: false, impatient: false })
  },
  'store write astray': world => {
    const { host } = world.scheduler.pick(world.logics)
    const ms = seconds(world, 100)
    const torn = world.scheduler.chance(0.5)
    const impatient = world.scheduler.chance(0.5)
    const what = torn ? 'insert, but for first rows,' : 'write'
    world.note(host.name, `its next ${what} is ${Math.round(ms)} ms under way`)
    world.backing.store.stall(host, { ms, operations: torn ? INSERTS : WRITES, torn, impatient })
  },
  'store host lost': world => {
    world.note('store', 'loses power, and every logic node with it')
    for (const logic of world.logics) kill(world, logic)
    world.backing.table.crash()
  },
  'store lost': world => {
    world.note('store', 'is lost whole')
    for (const logic of world.logics) kill(world, logic)
    world.backing.loseStore()
  },
  'redis away': world => service(world, 'redis', { down: true }),
  'redis slow': world => service(world, 'redis', { slowness: 25 }),
  'redis flaky': world => service(world, 'redis', { flaky: 0.2 }),
  'redis flushed': world => {
    world.note('redis', 'FLUSHALL')
    world.backing.flush()
  },
  'registry away': world => service(world, 'registry', { down: true }),
  'registry slow': world => service(world, 'registry', { slowness: 25 }),
  'clock jumps': world => {
    const hosts = [...world.nodes, ...world.devices].map(one => one.host)
    const host = world.scheduler.pick(hosts)
    host.skewMs = (world.scheduler.random() - 0.5) * 7_200_000
    world.note(host.name, `wall clock is ${Math.round(host.skewMs / 1000)} s off`)
  },
} as const satisfies Record<string, Disturbance>

export type DisturbanceName = keyof typeof DISTURBANCES
export const DISTURBANCE_NAMES = Object.keys(DISTURBANCES) as readonly DisturbanceName[]
