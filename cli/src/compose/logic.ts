import { tcpLinkServer, type Logger } from '@longwire/kit'
import { createLogic } from '@longwire/logic'
import type { Config } from '../config.ts'
import { conversationsOptions, upstreamOptions } from '../config/c2s.ts'
import { dispatcherOptions } from '../config/dispatcher.ts'
import { authOptions, logicLimits, sessionMaxima, Parts, presenceOptions } from './parts.ts'
import type { Running } from './running.ts'

/** One logic, for gates in other processes. */
export const startLogic = async (config: Config, log: Logger): Promise<Running> => {
  const parts = new Parts(config, log)
  try {
    const table = await parts.table()
    const logic = createLogic({
      node: parts.node('logic', config.trunk.advertise ?? ''),
      clock: parts.clock,
      random: parts.random,
      log,
      metrics: parts.metrics,
      registry: parts.registry(),
      secret: config.cluster.secret ?? '',
      table,
      ...parts.bus(table),
      webhookAllow: config.bus.webhookAllow,
      routes: parts.routes(),
      apps: config.apps,
      businesses: config.businesses,
      auth: authOptions(config, ''),
      http: { address: config.http.address, forwarders: config.dispatcher.forwarders },
      dispatcher: dispatcherOptions(
        config.dispatcher,
        config.apps.map(({ appcode }) => appcode),
      ),
      trunk: tcpLinkServer(config.trunk.address),
      backend: config.backend.address === 'off' ? undefined : tcpLinkServer(config.backend.address),
      loop: parts.loop,
      presence: presenceOptions(config),
      topics: config.topics,
      limits: logicLimits(config),
      upstream: upstreamOptions(config.c2s),
      conversations: conversationsOptions(config.conversations),
      limiter: parts.limiter(),
      sessions: sessionMaxima(config),
    })
    parts.onCloseDrain(logic)
    const { http, backend, trunk } = await logic.start()
    return {
      addresses: {
        http,
        ...(trunk === undefined ? {} : { trunk: `tcp://${trunk}` }),
        ...(backend === undefined ? {} : { backend: `tcp://${backend}` }),
      },
      reload: async again =>
        logic.reload({ businesses: again.businesses, sessions: sessionMaxima(again) }),
      stop: () => parts.close(),
    }
  } catch (error) {
    await parts.close()
    throw error
  }
}
