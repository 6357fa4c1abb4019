import type { RedisArgument, RedisClient, RedisScript } from '@longwire/kit'
import { createHash, randomUUID } from 'node:crypto'
import { GateNames } from './gate-names.ts'
import { BIND, CLAIM, LIFE, RESTORE, UNBIND } from './redis-scripts.ts'
import {
  RoutesUnavailable,
  type Bound,
  type Judge,
  type NewRoute,
  type Restored,
  type Route,
  type RouteKey,
  type RouteTable,
  type SessionRule,
  type SweptSlice,
  type UserKey,
} from './route-table.ts'

/**
 * Routes in Redis or Redis Cluster: every script touches one key, and the commands of one turn travel in
 * one round trip (per node of a cluster). How long a command may take is set where the client is opened.
 */
export const redisRoutes = (redis: RedisClient, prefix: string): RouteTable =>
  new RedisRoutes(redis, prefix)

/** What stands for a route in PUT scripts. */
interface Put {
  readonly route: NewRoute
  readonly rule: SessionRule
  readonly judge: Judge
  readonly fence: number | undefined
}

class RedisRoutes implements RouteTable {
  readonly #redis: RedisClient
  readonly #prefix: string
  readonly #gates: GateNames
  #life = ''

  constructor(redis: RedisClient, prefix: string) {
    this.#redis = redis
    this.#prefix = prefix
    this.#gates = new GateNames(redis, `${prefix}:gate:`)
  }

  async bind(route: NewRoute, rule: SessionRule, judge: Judge): Promise<Bound> {
    const [verdict, ...rest] = await this.#put(BIND, { route, rule, judge, fence: undefined })
    if (verdict !== 'bound') {
      const occupants = verdict === 'room' ? await this.#parse(route, rest) : []
      const fence = verdict === 'dial' ? Number.parseInt(rest[0] ?? '0', 36) : 0
      return { bound: false, fence, replaced: undefined, kicked: [], occupants }
    }
    const [fence = '0', old = '', ...left] = rest
    const [replaced] = old === '' ? [] : await this.#parse(route, [fieldOf(route), old])
    const kicked = await this.#parse(route, left)
    return { bound: true, fence: Number.parseInt(fence, 36), replaced, kicked, occupants: [] }
  }

  async restore(route: Route, rule: SessionRule, judge: Judge): Promise<Restored> {
    const { fence } = route
    const [outcome, ...left] = await this.#put(RESTORE, { route, rule, judge, fence })
    if (!isOutcome(outcome))
      throw new RoutesUnavailable(`Redis answered a restore with "${outcome}"`)
    return { outcome, left: await this.#parse(route, left) }
  }

  async unbind(key: RouteKey, fence: number): Promise<boolean> {
    return this.#unbind(key, fence, true)
  }

  async lookup(users: readonly UserKey[]): Promise<(readonly Route[])[]> {
    const answers = await this.#ask(
      Promise.all(users.map(user => this.#redis.command('HGETALL', this.#keyOf(user)))),
    )
    return Promise.all(answers.map((answer, index) => this.#parse(users[index]!, textsOf(answer))))
  }

  async life(): Promise<string> {
    const mark = randomUUID()
    const nodes = this.#redis.nodes()
    const lives = await this.#ask(
      Promise.all(
        nodes.map(({ tag }) => this.#redis.run(LIFE, [`${this.#prefix}:${tag}:life`], [mark])),
      ),
    )
    const all = lives.map(String).sort().join()
    const life = createHash('sha256').update(all).digest('base64url').slice(0, 16)
    if (this.#life !== '' && life !== this.#life) await this.#ask(this.#gates.tellAgain())
    this.#life = life
    return life
  }

  async sweep(from: string, keys: number, judge: Judge): Promise<SweptSlice> {
    const nodes = this.#redis.nodes().toSorted((a, b) => (a.name < b.name ? -1 : 1))
    const [cursor = '0', name = nodes[0]?.name ?? ''] = from === '' ? [] : from.split(' ')
    const node = nodes.find(other => other.name >= name)
    if (node === undefined) return { removed: [], next: '' }
    const at = node.name === name ? cursor : '0'
    const pattern = `${this.#prefix.replace(/[\\?*[\]^-]/g, '\\$&')}:*`
    const answer = await this.#ask(node.command('SCAN', at, 'MATCH', pattern, 'COUNT', keys))
    const [next, found] = Array.isArray(answer) ? answer : ['0', []]
    const removed = await this.#sweepKeys(textsOf(found), judge)
    if (String(next) !== '0') return { removed, next: `${String(next)} ${node.name}` }
    const after = nodes[nodes.indexOf(node) + 1]
    return { removed, next: after === undefined ? '' : `0 ${after.name}` }
  }

  async claim(task: string, by: string, ms: number): Promise<boolean> {
    return (
      (await this.#ask(this.#redis.run(CLAIM, [`${this.#prefix}:claim:${task}`], [by, ms]))) === 1
    )
  }

  async close(): Promise<void> {}

  async #unbind(key: RouteKey, fence: number, keepDial: boolean): Promise<boolean> {
    const args = [fieldOf(key), fence.toString(36), keepDial ? 1 : 0]
    return (await this.#ask(this.#redis.run(UNBIND, [this.#keyOf(key)], args))) === 1
  }

  /** Runs it again with the dead gates of this user, where that matters. */
  async #put(script: RedisScript, put: Put): Promise<string[]> {
    const answer = await this.#run(script, put, '')
    if (answer[0] !== 'ask') return answer
    const routes = await this.#parse(put.route, answer.slice(1))
    const gates = new Set(routes.map(route => route.gate))
    const isLive = await put.judge(gates)
    const dead = [...gates].filter(gate => !isLive(gate)).map(gate => this.#gates.short(gate))
    return this.#run(script, put, `,${dead.join()},`)
  }

  async #run(script: RedisScript, { route, rule, fence }: Put, dead: string): Promise<string[]> {
    const gate = await this.#ask(this.#gates.tell(route.gate))
    const args: RedisArgument[] = [
      fieldOf(route),
      route.appcode,
      route.dial.toString(36),
      `${route.slot.toString(36)}|${route.generation.toString(36)}|${gate}`,
      rule.sessions,
      rule.full,
      `,${rule.rivals.join()},`,
      dead,
      ...(fence === undefined ? [] : [fence.toString(36)]),
    ]
    return textsOf(await this.#ask(this.#redis.run(script, [this.#keyOf(route)], args)))
  }

  async #sweepKeys(keys: readonly string[], judge: Judge): Promise<Route[]> {
    const users = keys.map(key => this.#userOf(key)).filter(user => user !== undefined)
    const routes = (await this.lookup(users)).flat()
    const named = await this.#ask(this.#gates.namedBy(keys))
    const isLive = await judge(new Set([...named, ...routes.map(route => route.gate)]))
    const dead = routes.filter(route => !isLive(route.gate))
    const removed = await Promise.all(dead.map(route => this.#unbind(route, route.fence, false)))
    await this.#ask(this.#gates.forget(named.filter(gate => !isLive(gate))))
    return dead.filter((_, index) => removed[index])
  }

  /** Routes of fields and values, in the order of their fences. */
  async #parse(user: UserKey, pairs: readonly string[]): Promise<Route[]> {
    const routes: Route[] = []
    for (let at = 0; at + 1 < pairs.length; at += 2) {
      if (!isRoute(pairs[at]!)) continue
      const [fence, dial, slot, generation, short] = pairs[at + 1]!.split('|')
      const known = this.#gates.known(short!)
      const gate = known ?? (await this.#ask(this.#gates.find(short!)))
      const slash = pairs[at]!.indexOf('/')
      routes.push({
        system: user.system,
        uid: user.uid,
        appcode: Number(pairs[at]!.slice(0, slash)),
        device: pairs[at]!.slice(slash + 1),
        gate,
        slot: Number.parseInt(slot!, 36),
        generation: Number.parseInt(generation!, 36),
        dial: Number.parseInt(dial!, 36),
        fence: Number.parseInt(fence!, 36),
      })
    }
    return routes.length > 1 ? routes.sort((a, b) => a.fence - b.fence) : routes
  }

  async #ask<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer
    } catch (error) {
      throw new RoutesUnavailable('the route table in Redis did not answer', { cause: error })
    }
  }

  #keyOf({ system, uid }: UserKey): string {
    // A brace within the tag would end it early, so the two are escaped, and the sign that escapes.
    const tag = `${system}/${uid}`.replace(/[%{}]/g, char => `%${char.charCodeAt(0).toString(16)}`)
    return `${this.#prefix}:{${tag}}:r`
  }

  #userOf(key: string): UserKey | undefined {
    if (!key.startsWith(`${this.#prefix}:{`) || !key.endsWith('}:r')) return undefined
    const tag = key.slice(this.#prefix.length + 2, -3)
    const plain = tag.replace(/%(25|7b|7d)/g, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    )
    const slash = plain.indexOf('/')
    return slash < 0 ? undefined : { system: plain.slice(0, slash), uid: plain.slice(slash + 1) }
  }
}

const OUTCOMES: readonly Restored['outcome'][] = ['restored', 'kept', 'device', 'dial', 'room']
const isOutcome = (text: string | undefined): text is Restored['outcome'] =>
  OUTCOMES.some(outcome => outcome === text)

const isRoute = (field: string): boolean => field >= '0' && field < ':'

const fieldOf = ({ appcode, device }: RouteKey): string => `${appcode}/${device}`

/** HGETALL answers a list of fields and values, or an object, as the client is set. */
const textsOf = (answer: unknown): string[] => {
  if (Array.isArray(answer)) return answer.map(String)
  return typeof answer === 'object' && answer !== null
    ? Object.entries(answer).flat().map(String)
    : []
}
