import type { Client } from './api.ts'
import { GateClient } from './client.ts'
import type { ClientOptions } from './options.ts'
import type { Surroundings } from './surroundings.ts'

/** A client with what `surroundings` has, where the options bring nothing of their own. */
export const createClientWith = (
  options: ClientOptions,
  surroundings: () => Surroundings,
): Client => {
  const around = surroundings()
  return new GateClient(options, {
    ...around,
    transports: options.transports ?? around.transports,
    environment: options.environment ?? around.environment,
  })
}
