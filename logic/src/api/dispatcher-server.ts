import type { Logger, Metrics, Readiness } from '@longwire/kit'
import type { Dispatcher } from '../dispatcher/dispatcher.ts'
import { createApp, openApp, type Api } from './app.ts'
import { addGateRoutes } from './gates.ts'
import { addHealth, addMetrics } from './operations.ts'

export interface DispatcherApiParts {
  readonly dispatcher: Dispatcher
  readonly metrics: Metrics
  readonly logger: Logger
  readonly forwarders: readonly string[]
  /** Never rejects. */
  readonly readiness: () => Promise<Readiness>
  readonly draining: () => boolean
}

/** Nobody has anything to send here. */
const BODY_BYTES = 1_024

/** The HTTP API of a process that only tells where gates are. */
export const createDispatcherApi = async (parts: DispatcherApiParts): Promise<Api> => {
  const app = await createApp({ ...parts, bodyBytes: BODY_BYTES })
  addGateRoutes(app, parts)
  addHealth(app, parts)
  addMetrics(app, parts)
  return openApp(app)
}
