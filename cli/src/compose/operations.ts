import { createServer, type ServerResponse } from 'node:http'
import type { Readiness } from '@longwire/kit'

export interface Operations {
  /** Numbers for Prometheus. */
  readonly metrics: () => Promise<string>
  readonly readiness: () => Promise<Readiness>
}

export interface OperationsServer {
  readonly url: string
  close(): Promise<void>
}

/** `/healthz`, `/readyz` and `/metrics` of a process that has no API. */
export const serveOperations = (
  address: string,
  { metrics, readiness }: Operations,
): Promise<OperationsServer> => {
  const answer = (response: ServerResponse, status: number, body: string | object): void => {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const type = typeof body === 'string' ? 'text/plain; version=0.0.4' : 'application/json'
    if (status === 503) response.setHeader('retry-after', 1)
    response.writeHead(status, { 'content-type': `${type}; charset=utf-8` }).end(text)
  }
  const failed =
    (response: ServerResponse) =>
    (error: unknown): void =>
      answer(response, 500, `${String(error)}\n`)
  const server = createServer((request, response) => {
    switch (request.url) {
      case '/healthz':
        return answer(response, 200, { status: 'ok' })
      case '/readyz':
        readiness().then(told => answer(response, told.ready ? 200 : 503, told), failed(response))
        return
      case '/metrics':
        metrics().then(text => answer(response, 200, text), failed(response))
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
