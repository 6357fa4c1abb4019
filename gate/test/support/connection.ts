import type { Connection } from '../../src/listeners/listener.ts'

/** A connection that nobody listens to. */
export const silentConnection: Connection = {
  write: () => undefined,
  bufferedBytes: () => 0,
  end: () => undefined,
  destroy: () => undefined,
}
