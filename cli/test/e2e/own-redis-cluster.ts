import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Test } from 'tap'
import { freePorts } from './ports.ts'

const MASTERS = 3
const cli = async (port: number, ...args: string[]): Promise<string> =>
  (await promisify(execFile)('redis-cli', ['-h', '127.0.0.1', '-p', `${port}`, ...args])).stdout

/** Three masters with a replica each, of which a test may kill some; they keep nothing but their part of the cluster on disk. */
export class OwnRedisCluster {
  readonly url: string
  readonly #servers: ReadonlyMap<number, ChildProcess>

  private constructor(servers: ReadonlyMap<number, ChildProcess>) {
    this.#servers = servers
    this.url = `redis://${[...servers.keys()].map(port => `127.0.0.1:${port}`).join()}`
  }

  static async open(t: Test): Promise<OwnRedisCluster> {
    const ports = await freePorts(MASTERS * 4)
    // not the directory of the test, which others make anew
    const dir = mkdtempSync(join(tmpdir(), 'longwire-redis-'))
    const servers = new Map<number, ChildProcess>()
    t.teardown(async () => {
      await Promise.all([...servers.values()].map(server => end(server)))
      rmSync(dir, { recursive: true })
    })
    for (let n = 0; n < MASTERS * 2; n++) {
      const own = join(dir, `${n}`)
      mkdirSync(own)
      servers.set(ports[n]!, serve(own, ports[n]!, ports[MASTERS * 2 + n]!))
    }
    for (const port of servers.keys())
      await until(port, async () => (await cli(port, 'ping')) !== '')
    const addresses = [...servers.keys()].map(port => `127.0.0.1:${port}`)
    const [first = 0] = servers.keys()
    await cli(
      first,
      '--cluster',
      'create',
      ...addresses,
      '--cluster-replicas',
      '1',
      '--cluster-yes',
    )
    for (const port of servers.keys())
      await until(port, async () => {
        const state = await cli(port, 'cluster', 'info')
        const role = await cli(port, 'role')
        return (
          state.includes('cluster_state:ok') && /^(master\n.*\n127|slave[^]*connected)/.test(role)
        )
      })
    return new OwnRedisCluster(servers)
  }

  /** kill -9 of the first master, which is given back; its replica takes its place within seconds. */
  async killMaster(): Promise<number> {
    for (const [port, server] of this.#servers) {
      if (!isUp(server)) continue
      if (!(await cli(port, 'role')).startsWith('master')) continue
      await end(server)
      return port
    }
    throw new Error('no master is left')
  }

  /** The ports of the masters that serve slots, as another server sees them. */
  async masters(): Promise<number[]> {
    const alive = [...this.#servers].find(([, server]) => isUp(server))
    const nodes = await cli(alive?.[0] ?? 0, 'cluster', 'nodes')
    return nodes
      .split('\n')
      .filter(line => /master(?!.*fail)/.test(line))
      .map(line => Number(/127\.0\.0\.1:(\d+)/.exec(line)?.[1]))
  }
}

const isUp = ({ exitCode, signalCode }: ChildProcess): boolean =>
  exitCode === null && signalCode === null

const serve = (dir: string, port: number, bus: number): ChildProcess =>
  spawn(
    'redis-server',
    [
      `--port ${port} --bind 127.0.0.1 --save`.split(' '),
      ['', '--dir', dir],
      `--cluster-enabled yes --cluster-port ${bus} --cluster-node-timeout 1500`.split(' '),
    ].flat(),
    { stdio: 'ignore' },
  )

const end = async (server: ChildProcess): Promise<void> => {
  if (!isUp(server)) return
  const ended = once(server, 'exit')
  server.kill('SIGKILL')
  await ended
}

const until = async (port: number, isSo: () => Promise<boolean>): Promise<void> => {
  for (let tries = 0; tries < 600; tries++) {
    if (await isSo().catch(() => false)) return
    await sleep(50)
  }
  throw new Error(`the Redis server on port ${port} did not come to its place within 30 s`)
}
