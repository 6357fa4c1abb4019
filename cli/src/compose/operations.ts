import { createServer, type ServerResponse } from 'node:http'
import type { Metrics } from '@longwire/kit'

export interface Operations {
  readonly metrics: Metrics
  readonly ready: () => boolean
}

export interface OperationsServer {
  readonly url: string
  close(): Promise<void>
}

/** `/healthz`, `/readyz` and `/metrics` of a process that has no API. */
export const serveOperations = (
  address: string,
  { metrics, ready }: Operations,
): Promise<OperationsServer> => {
  const answer = (response: ServerResponse, status: number, text: string): void => {
    response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(text)
  }
  const server = createServer((request, response) => {
    switch (request.url) {
      case '/healthz':
        return answer(response, 200, 'ok\n')
      case '/readyz':
        return ready()
          ? answer(response, 200, 'ready\n')
          : answer(response, 503, 'not ready: no logic node is linked, or it is draining\n')
      case '/metrics':
        metrics.text().then(
          text => answer(response, 200, text),
          (error: unknown) => answer(response, 500, `${String(error)}\n`),
        )
        return
      default:
        return answer(response, 404, 'there are /healthz, /readyz and /metrics\n')
    }
  })
  const colon = address.lastIndexOf(':')
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(
      Number(address.slice(colon + 1)),
      address.slice(0, colon).replaceAll(/^\[|\]$/g, ''),
      () => {
        const bound = server.address()
        const port = typeof bound === 'object' && bound !== null ? bound.port : 0
        resolve({
          url: `http://${address.slice(0, colon)}:${port}`,
          close: () =>
            new Promise(done => {
              server.close(() => done())
              server.closeAllConnections()
            }),
        })
      },
    )
  })
}
