import { redisScript, type RedisClient } from '@longwire/kit'
import {
  RoutesUnavailable,
  type Bound,
  type NewRoute,
  type Route,
  type RouteKey,
  type RouteTable,
  type SessionRule,
  type UserKey,
} from './route-table.ts'

/** A user without routes is forgotten after this long: far beyond the life of any late unbind. */
const FORGET_SECONDS = 7 * 24 * 3600
/** The fence counter's field; a route's field always holds a slash. */
const FENCE = 'fence'

/**
 * One hash per user: field `<appcode>/<device>`, value `<fence>|<dial>|<slot>|<generation>|<gate>`.
 * ARGV: field, appcode, dial, the value behind the fence, sessions, full, rivals (`,2,3,`).
 * Returns the fence (0: refused), the replaced value (or that with the higher dial), then field and
 * value of each route that has no room beside the new one.
 */
const BIND = redisScript(`
local old = redis.call('HGET', KEYS[1], ARGV[1])
if old and tonumber(string.match(old, '^%d+|(%d+)|')) > tonumber(ARGV[3]) then
  return {0, old}
end
local all, own, ending = redis.call('HGETALL', KEYS[1]), {}, {}
for i = 1, #all, 2 do
  local app = string.match(all[i], '^(%d+)/')
  if app and all[i] ~= ARGV[1] then
    local route = {tonumber(string.match(all[i + 1], '^%d+')), all[i], all[i + 1]}
    if app == ARGV[2] then own[#own + 1] = route
    elseif string.find(ARGV[7], ',' .. app .. ',', 1, true) then ending[#ending + 1] = route end
  end
end
table.sort(own, function(a, b) return a[1] < b[1] end)
for i = 1, math.min(#own, #own + 1 - tonumber(ARGV[5])) do ending[#ending + 1] = own[i] end
local refused = ARGV[6] == 'refuse' and #ending > 0
local time, last = redis.call('TIME'), tonumber(redis.call('HGET', KEYS[1], '${FENCE}') or 0)
local fence = string.format('%.0f', math.max(last + 1, time[1] * 1000000 + time[2]))
local answer = {refused and '0' or fence, not refused and old or ''}
for _, route in ipairs(ending) do
  if not refused then redis.call('HDEL', KEYS[1], route[2]) end
  answer[#answer + 1] = route[2]
  answer[#answer + 1] = route[3]
end
if refused then return answer end
redis.call('HSET', KEYS[1], '${FENCE}', fence, ARGV[1], fence .. '|' .. ARGV[4])
redis.call('PERSIST', KEYS[1])
return answer
`)

const UNBIND = redisScript(`
local value = redis.call('HGET', KEYS[1], ARGV[1])
if not value or string.match(value, '^%d+') ~= ARGV[2] then return 0 end
redis.call('HDEL', KEYS[1], ARGV[1])
if redis.call('HLEN', KEYS[1]) == 1 then redis.call('EXPIRE', KEYS[1], ${FORGET_SECONDS}) end
return 1
`)

/**
 * Routes in Redis or Redis Cluster: every script touches one key, and the lookups of one call
 * travel
 * in one round trip (per node of a cluster). How long a command may take is set where the client is
 * opened.
 */
export const redisRoutes = (redis: RedisClient, prefix: string): RouteTable =>
  new RedisRoutes(redis, prefix)

class RedisRoutes implements RouteTable {
  readonly #redis: RedisClient
  readonly #prefix: string

  constructor(redis: RedisClient, prefix: string) {
    this.#redis = redis
    this.#prefix = prefix
  }

  async bind(route: NewRoute, { sessions, full, rivals }: SessionRule): Promise<Bound> {
    const value = `${route.dial}|${route.slot}|${route.generation}|${route.gate}`
    const rivalList = `,${rivals.join(',')},`
    const args = [fieldOf(route), route.appcode, route.dial, value, sessions, full, rivalList]
    const answer = await this.#ask(this.#redis.run(BIND, [this.#keyOf(route)], args))
    if (!Array.isArray(answer))
      throw new RoutesUnavailable('Redis answered a bind with something else than a list')
    const fence = Number(answer[0])
    const old = String(answer[1])
    const bound = fence !== 0
    const ending = parseRoutes(route, answer.slice(2))
    return {
      bound,
      fence: bound ? fence : Number.parseInt(old || '0', 10),
      replaced: bound && old !== '' ? parseRoute(route, fieldOf(route), old) : undefined,
      kicked: bound ? ending : [],
      occupants: bound ? [] : ending,
    }
  }

  async unbind(key: RouteKey, fence: number): Promise<boolean> {
    return (
      (await this.#ask(this.#redis.run(UNBIND, [this.#keyOf(key)], [fieldOf(key), fence]))) === 1
    )
  }

  async lookup(users: readonly UserKey[]): Promise<(readonly Route[])[]> {
    const answers = await this.#ask(
      Promise.all(users.map(user => this.#redis.command('HGETALL', this.#keyOf(user)))),
    )
    return answers.map((answer, index) => parseRoutes(users[index]!, pairsOf(answer)))
  }

  async close(): Promise<void> {}

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
    return `${this.#prefix}:{${tag}}:routes`
  }
}

const fieldOf = ({ appcode, device }: RouteKey): string => `${appcode}/${device}`

/** HGETALL answers a list of fields and values, or an object, as the client is set. */
const pairsOf = (answer: unknown): unknown[] => {
  if (Array.isArray(answer)) return answer
  return typeof answer === 'object' && answer !== null ? Object.entries(answer).flat() : []
}

const parseRoutes = (user: UserKey, pairs: readonly unknown[]): Route[] => {
  const routes: Route[] = []
  for (let at = 0; at + 1 < pairs.length; at += 2) {
    const field = String(pairs[at])
    if (field !== FENCE) routes.push(parseRoute(user, field, String(pairs[at + 1])))
  }
  return routes.sort((a, b) => a.fence - b.fence)
}

const parseRoute = ({ system, uid }: UserKey, field: string, value: string): Route => {
  const [fence, dial, slot, generation, ...gate] = value.split('|')
  const slash = field.indexOf('/')
  return {
    system,
    uid,
    appcode: Number(field.slice(0, slash)),
    device: field.slice(slash + 1),
    gate: gate.join('|'),
    slot: Number(slot),
    generation: Number(generation),
    dial: Number(dial),
    fence: Number(fence),
  }
}
