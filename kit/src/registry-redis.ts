import { redisScript, type RedisArgument, type RedisClient, type RedisScript } from './redis.ts'
import {
  nodeId,
  RegistryUnavailable,
  type NodeHealth,
  type NodeInfo,
  type NodeRole,
  type Registry,
} from './registry.ts'

/** Nodes of one role; far above what a deployment runs, far below what makes a hash slow. */
const NODES_MAX = 5_000

/**
 * One hash per role: field `name@incarnation`, value `<end of lease>|<node as JSON>`. The server's own
 * time decides, so the clocks of the nodes do not matter.
 */
const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`
const LIVE = `
local function live()
  local found, all = {}, redis.call('HGETALL', KEYS[1])
  for i = 1, #all, 2 do
    local untilMs, node = string.match(all[i + 1], '^(%d+)|(.*)$')
    if tonumber(untilMs) > now then
      found[#found + 1] = node
    else
      redis.call('HDEL', KEYS[1], all[i])
    end
  end
  return found
end
`
const LIST = redisScript(`${NOW}${LIVE}return live()`)
const ANNOUNCE = redisScript(`${NOW}${LIVE}
local full = redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[4]) and redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0
if full and #live() >= tonumber(ARGV[4]) then
  return 0
end
redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f', now + tonumber(ARGV[3])) .. '|' .. ARGV[2])
return 1
`)
const WITHDRAW = redisScript(`return redis.call('HDEL', KEYS[1], ARGV[1])`)

export const redisRegistry = (redis: RedisClient, prefix: string): Registry => {
  const run = async (
    script: RedisScript,
    role: NodeRole,
    args: readonly RedisArgument[],
  ): Promise<unknown> => {
    try {
      return await redis.run(script, [`${prefix}:nodes:${role}`], args)
    } catch (error) {
      throw new RegistryUnavailable('the registry in Redis did not answer', { cause: error })
    }
  }
  return {
    async announce(node, leaseMs) {
      const added = await run(ANNOUNCE, node.role, [
        nodeId(node),
        JSON.stringify(node),
        leaseMs,
        NODES_MAX,
      ])
      if (added !== 1)
        throw new RegistryUnavailable(
          `the registry already holds ${NODES_MAX} nodes of role ${node.role}`,
        )
    },
    async withdraw(node) {
      await run(WITHDRAW, node.role, [nodeId(node)])
    },
    async list(role) {
      const found = await run(LIST, role, [])
      return Array.isArray(found) ? found.map(parseNode).filter(node => node !== undefined) : []
    },
    async close() {},
  }
}

/** Undefined for what no version of ours wrote. */
const parseNode = (text: unknown): NodeInfo | undefined => {
  const value: unknown = JSON.parse(String(text))
  if (typeof value !== 'object' || value === null) return undefined
  const node = value as Readonly<Record<string, unknown>>
  const role = node['role']
  if (role !== 'gate' && role !== 'logic') return undefined
  return {
    role,
    name: String(node['name']),
    incarnation: String(node['incarnation']),
    address: String(node['address']),
    ...vitalsOf(node['vitals']),
    ...loadOf(node['load']),
    ...reachOf(node['reach']),
    ...(typeof node['version'] === 'string' ? { version: node['version'] } : {}),
    ...healthOf(node['health']),
    ...sidesOf(node['sides']),
  }
}

const vitalsOf = (value: unknown): Pick<NodeInfo, 'vitals'> => {
  if (typeof value !== 'object' || value === null) return {}
  const vitals = value as Readonly<Record<string, unknown>>
  return { vitals: { since: Number(vitals['since']), sessions: Number(vitals['sessions']) } }
}

const loadOf = (value: unknown): Pick<NodeInfo, 'load'> => {
  if (typeof value !== 'object' || value === null) return {}
  const { conns, capacity, epoch, elu, accept } = value as Readonly<Record<string, unknown>>
  const load = {
    conns: Number(conns),
    capacity: Number(capacity),
    epoch: Number(epoch),
    elu: Number(elu),
    ...(typeof accept === 'number' ? { accept } : {}),
  }
  return { load }
}

const reachOf = (value: unknown): Pick<NodeInfo, 'reach'> => {
  if (typeof value !== 'object' || value === null) return {}
  const { addresses, appcodes } = value as Readonly<Record<string, unknown>>
  if (!Array.isArray(addresses)) return {}
  const rows = addresses.map(row => row as Readonly<Record<string, unknown>>)
  return {
    reach: {
      addresses: rows.map(({ url, net, probe }) => ({
        url: String(url),
        ...(typeof net === 'string' ? { net } : {}),
        ...(typeof probe === 'number' ? { probe } : {}),
      })),
      ...(Array.isArray(appcodes) ? { appcodes: appcodes.map(Number) } : {}),
    },
  }
}

const healthOf = (value: unknown): Pick<NodeInfo, 'health'> => {
  if (typeof value !== 'object' || value === null) return {}
  const health = value as Readonly<Record<string, unknown>>
  const number = (field: keyof NodeHealth): number => Number(health[field] ?? 0)
  return {
    health: {
      requests: number('requests'),
      errors: number('errors'),
      lost: number('lost'),
      delivered: number('delivered'),
      acked: number('acked'),
      latencyMs: number('latencyMs'),
      lagMs: number('lagMs'),
      rssMb: number('rssMb'),
    },
  }
}

const sidesOf = (value: unknown): Pick<NodeInfo, 'sides'> => {
  if (typeof value !== 'object' || value === null) return {}
  const { release, since, gates, version, cohort } = value as Readonly<Record<string, unknown>>
  if (typeof cohort !== 'object' || cohort === null) return {}
  const { share, appcodes, agents } = cohort as Readonly<Record<string, unknown>>
  return {
    sides: {
      release: String(release),
      since: Number(since),
      gates: texts(gates),
      version: typeof version === 'string' ? version : '',
      cohort: {
        share: Number(share),
        appcodes: Array.isArray(appcodes) ? appcodes.map(Number) : [],
        agents: texts(agents),
      },
    },
  }
}

const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : [])
