import { createGate } from '@longwire/gate'
import { readinessOf, tcpDial, type Logger, type Metrics, type PartHealth } from '@longwire/kit'
import type { Config } from '../config.ts'
import { serveOperations } from './operations.ts'
import { gateLimits, gateReach, gateUrls, hintsFor, Parts } from './parts.ts'
import type { Running } from './running.ts'

export interface RunningGate extends Running {
  /** What operators may want to know. */
  readonly operations: { readonly metrics: Metrics; health(): readonly PartHealth[] }
}

/** One gate; it finds logic nodes in the registry. */
export const startGate = async (config: Config, log: Logger): Promise<RunningGate> => {
  const parts = new Parts(config, log)
  const { clock, random, metrics } = parts
  try {
    const gate = createGate({
      node: parts.node('gate', ''),
      clock,
      random,
      log,
      metrics,
      listeners: await parts.listeners(),
      registry: parts.registry(),
      dial: tcpDial,
      secret: config.cluster.secret ?? '',
      loop: parts.loop,
      ...parts.probing(),
      limits: gateLimits(config, log),
      defence: config.gate.defence,
      reach: gateReach(config),
    })
    const { address } = config.gate.operations
    const operations =
      address === 'off'
        ? undefined
        : await serveOperations(address, {
            metrics: () => metrics.text(),
            readiness: async () => readinessOf({ '': gate.health() }),
          })
    if (operations !== undefined) parts.onClose(() => operations.close())
    parts.onCloseDrain(gate)
    const { addresses } = await gate.start()
    return {
      addresses: {
        ...gateUrls(config, addresses),
        ...(operations === undefined ? {} : { operations: operations.url }),
      },
      operations: { metrics, health: () => gate.health() },
      reload: async again => {
        gate.hint(hintsFor(again))
        await gate.reload()
      },
      stop: () => parts.close(),
    }
  } catch (error) {
    await parts.close()
    throw error
  }
}
