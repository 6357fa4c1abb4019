import { execFile } from 'node:child_process'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Test } from 'tap'

const run = promisify(execFile)
const SERVICES = fileURLToPath(new URL('../../../../.ci/services/services.sh', import.meta.url))

/** A broker of the test's own, that it may kill. */
export interface OwnKafka {
  readonly broker: string
  start(): Promise<void>
  /** kill -9 */
  kill(): Promise<void>
}

/** Two ports side by side that nobody has. */
const freePorts = async (): Promise<number> => {
  const free = (port: number): Promise<number> =>
    new Promise(resolve => {
      const server = createServer().once('error', () => resolve(0))
      server.listen(port, '127.0.0.1', () => {
        const bound = server.address()
        server.close(() => resolve(typeof bound === 'object' && bound !== null ? bound.port : 0))
      })
    })
  for (;;) {
    const port = await free(0)
    if (port > 0 && port < 65_535 && (await free(port + 1)) > 0) return port
  }
}

/** Starts a broker on free ports, with data in a folder of the test; it is gone when the test is. */
export const ownKafka = async (t: Test, name: string): Promise<OwnKafka> => {
  const port = await freePorts()
  const folder = t.testdir({ [name]: {} })
  const env = {
    ...process.env,
    LONGWIRE_SERVICES_RUN: `${folder}/${name}`,
    KAFKA_PORT: String(port),
  }
  const services = async (verb: string): Promise<void> =>
    void (await run(SERVICES, [verb, 'kafka'], { env }))
  t.teardown(() => services('kill'))
  await services('start')
  return {
    broker: `127.0.0.1:${port}`,
    start: () => services('start'),
    kill: () => services('kill'),
  }
}
