import type { Logger } from '@longwire/kit'
import type { Listener } from './listener.ts'
import type { WebSocketListenerOptions } from './options.ts'
import { uwsListener, uwsProblem } from './uws.ts'
import { wsListener } from './ws.ts'

/** uWebSockets.js where it loads and can do what is asked, else one clear warning and the `ws` package. */
export const webSocketListener = async (
  options: WebSocketListenerOptions & { readonly log: Logger },
): Promise<Listener> => {
  const problem = await uwsProblem()
  const { tls, proxies = [] } = options
  if (problem === undefined && (tls === undefined || proxies.length === 0))
    return uwsListener(options)
  if (problem === undefined) {
    options.log.warn(
      'uWebSockets.js cannot read a PROXY header in front of TLS: WebSocket runs on the ws package, with less capacity. Let the balancer end TLS to avoid that',
    )
    return wsListener(options)
  }
  options.log.warn(
    { problem, node: process.version },
    'uWebSockets.js does not load here: WebSocket runs on the ws package, with less capacity. Use Node 20 on glibc Linux, macOS or Windows',
  )
  return wsListener(options)
}
