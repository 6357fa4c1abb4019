import { randomBytes } from 'node:crypto'
import { createGate, type Gate } from '@longwire/gate'
import { memoryLinks, tcpLinkServer, type Dial, type Logger } from '@longwire/kit'
import { createLogic, signToken, type Business, type Logic } from '@longwire/logic'
import type { Config } from '../config.ts'
import { conversationsOptions, upstreamOptions } from '../config/c2s.ts'
import { dispatcherOptions } from '../config/dispatcher.ts'
import { devKeysOf, type DevKeys } from '../dev-keys.ts'
import { loadPage } from '../page.ts'
import {
  authOptions,
  gateLimits,
  gateReach,
  gateUrls,
  hintsFor,
  logicLimits,
  sessionMaxima,
  Parts,
  presenceOptions,
} from './parts.ts'
import type { Addresses, Running } from './running.ts'

const DEV_TOKEN_SECONDS = 24 * 3600

export interface RunningAll extends Running {
  /** Where nothing else is configured. */
  readonly dev: DevKeys | undefined
}

/** One gate and one logic in this process; the trunk between them is memory, the rest as always. */
export const startAll = async (config: Config, log: Logger): Promise<RunningAll> => {
  const parts = new Parts(config, log)
  try {
    return await start(parts)
  } catch (error) {
    await parts.close()
    throw error
  }
}

const start = async (parts: Parts): Promise<RunningAll> => {
  const { config, clock, random, log, metrics } = parts
  const dev = config.auth.kind === 'dev' ? devKeys(config) : undefined
  const registry = parts.registry()
  const secret = config.cluster.secret ?? randomBytes(32).toString('hex')
  const addresses: { current: Addresses } = { current: {} }
  const gates: { current: Gate | undefined } = { current: undefined }
  const logic = await makeLogic({ parts, registry, secret, dev, addresses, gates })
  parts.onCloseDrain(logic)
  const api = await logic.start()
  const gate = createGate({
    node: parts.node('gate', ''),
    clock,
    random,
    log,
    metrics,
    listeners: await parts.listeners(),
    registry,
    dial: dialWithin(parts, logic),
    secret,
    loop: parts.loop,
    ...parts.probing(),
    limits: gateLimits(config, log),
    defence: config.gate.defence,
    reach: gateReach(config),
  })
  gates.current = gate
  parts.onCloseDrain(gate)
  const bound = await gate.start()
  addresses.current = {
    ...gateUrls(config, bound.addresses),
    http: api.http,
    ...(api.backend === undefined ? {} : { backend: `tcp://${api.backend}` }),
  }
  return {
    addresses: addresses.current,
    dev,
    reload: async again => {
      logic.reload({ businesses: businessesOf(again, dev), sessions: sessionMaxima(again) })
      gate.hint(hintsFor(again))
      await gate.reload()
    },
    stop: () => parts.close(),
  }
}

interface LogicParts {
  readonly parts: Parts
  readonly registry: ReturnType<Parts['registry']>
  readonly secret: string
  readonly dev: DevKeys | undefined
  /** Known once everything listens. */
  readonly addresses: { readonly current: Addresses }
  readonly gates: { readonly current: Gate | undefined }
}

const makeLogic = async ({
  parts,
  registry,
  secret,
  dev,
  addresses,
  gates,
}: LogicParts): Promise<Logic> => {
  const { config, clock, random, log, metrics } = parts
  const { issuer, audience } = config.auth
  const { forwarders } = config.dispatcher
  const devToken =
    dev === undefined
      ? undefined
      : async (uid: string) => {
          const token = await signToken(dev.secret, {
            uid,
            ttlSeconds: DEV_TOKEN_SECONDS,
            nowMs: clock.now(),
            issuer,
            audience,
          })
          const { ws } = addresses.current
          return { token, apiKey: dev.key, ...(ws === undefined ? {} : { ws }) }
        }
  const everyApp = config.apps.map(({ appcode }) => appcode)
  const table = await parts.table()
  return createLogic({
    node: parts.node('logic', 'memory'),
    clock,
    random,
    log,
    metrics,
    registry,
    secret,
    table,
    ...parts.bus(table),
    webhookAllow: config.bus.webhookAllow,
    routes: parts.routes(),
    apps: config.apps,
    businesses: businessesOf(config, dev),
    auth: authOptions(config, dev?.secret ?? ''),
    http: { address: config.http.address, page: loadPage(log), devToken, forwarders },
    dispatcher: dispatcherOptions(config.dispatcher, everyApp),
    trunk: undefined,
    backend: config.backend.address === 'off' ? undefined : tcpLinkServer(config.backend.address),
    gateHealth: () => gates.current?.health() ?? [],
    loop: parts.loop,
    presence: presenceOptions(config),
    topics: config.topics,
    limits: logicLimits(config),
    upstream: upstreamOptions(config.c2s),
    conversations: conversationsOptions(config.conversations),
    limiter: parts.limiter(),
    sessions: sessionMaxima(config),
  })
}

const businessesOf = (config: Config, dev: DevKeys | undefined): readonly Business[] => {
  if (dev === undefined) return config.businesses
  const appcodes = config.apps.map(({ appcode }) => appcode)
  return [
    ...config.businesses,
    { name: 'dev', key: dev.key, appcodes, reads: ['*'], role: 'operator' },
  ]
}

const devKeys = (config: Config): DevKeys => {
  const keys = devKeysOf(config.data)
  return config.auth.secret === undefined ? keys : { ...keys, secret: config.auth.secret }
}

const dialWithin =
  ({ clock }: Parts, logic: Logic): Dial =>
  async () => {
    const [gateSide, logicSide] = memoryLinks(clock, ['gate', 'logic'])
    logic.acceptTrunk(logicSide)
    return gateSide
  }
