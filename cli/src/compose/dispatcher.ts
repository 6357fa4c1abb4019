import { createDispatcher } from '@longwire/logic'
import type { Logger } from '@longwire/kit'
import type { Config } from '../config.ts'
import { dispatcherOptions } from '../config/dispatcher.ts'
import { Parts } from './parts.ts'
import type { Running } from './running.ts'

/** One dispatcher; it finds gates in the registry. */
export const startDispatcher = async (config: Config, log: Logger): Promise<Running> => {
  const parts = new Parts(config, log)
  const { address, forwarders } = config.dispatcher
  try {
    const dispatcher = createDispatcher({
      clock: parts.clock,
      log,
      metrics: parts.metrics,
      registry: parts.registry(),
      address,
      forwarders,
      dispatcher: dispatcherOptions(
        config.dispatcher,
        config.apps.map(({ appcode }) => appcode),
      ),
    })
    parts.onCloseDrain(dispatcher)
    return { addresses: { http: await dispatcher.start() }, stop: () => parts.close() }
  } catch (error) {
    await parts.close()
    throw error
  }
}
