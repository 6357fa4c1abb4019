import { openRedis, redisRegistry, type NodeInfo } from '@longwire/kit'
import { Agent, get, type RequestOptions } from 'node:http'
import { Child, freePort, temporaryDirectory } from '../child.ts'
import { COMMAND } from '../server.ts'
import type { Outcome, Row, ScenarioOptions } from '../scenario.ts'
import { percentile, round, sleep } from '../statistics.ts'

const GATES = { full: [3, 100, 1_000], quick: [100] } as const
const ANSWERS = { full: 60_000, quick: 5_000 } as const
const NETS = ['north', 'south', 'east', 'west']
const CONNECTIONS = 32
const PATIENCE_MS = 20_000
const LEASE_MS = 60_000
/** What an answer may cost. */
const WORK_MS_MAX = 1

const gateOf = (n: number, conns: number): NodeInfo => ({
  role: 'gate',
  name: `gate-${n}`,
  incarnation: n.toString(16).padStart(12, 'a'),
  address: `10.0.${n >> 8}.${n & 255}:7001`,
  load: { conns, capacity: 1_000_000, epoch: 1 + n, elu: 0.2 },
  reach: {
    addresses: NETS.map((net, at) => ({
      url: `tls://10.${at}.${n >> 8}.${n & 255}:7001#gate-${n}.example.com`,
      net,
    })),
  },
})

/** A dispatcher by itself, of which many clients ask lists while the loads of its gates change every second. */
export const dispatcher = async ({ quick }: ScenarioOptions): Promise<Outcome> => {
  const port = await freePort()
  const args = ['--bind', '127.0.0.1', '--port', `${port}`, '--save', '', '--appendonly', 'no']
  const redis = new Child('redis-server', args, temporaryDirectory())
  await redis.says('Ready to accept connections', PATIENCE_MS)
  const size = quick ? 'quick' : 'full'
  const rows: Row[] = []
  try {
    for (const gates of GATES[size])
      rows.push(await measure(`redis://127.0.0.1:${port}`, { gates, answers: ANSWERS[size] }))
  } finally {
    await redis.stop()
  }
  const worst = Math.max(...rows.map(row => Number(row['workMs'])))
  return {
    rows,
    notes: [
      'workMs: CPU time of the dispatcher for one answer; HTTP, watching the registry and making lists anew included',
      `${CONNECTIONS} connections, every transport and network in turn; p99 as the clients see it, on the same machine`,
    ],
    failures: worst <= WORK_MS_MAX ? [] : [`an answer takes ${worst} ms of work`],
    json: { ...rows.at(-1), worstWorkMs: worst },
  }
}

const measure = async (
  registryUrl: string,
  { gates, answers }: { readonly gates: number; readonly answers: number },
): Promise<Row> => {
  const port = await freePort()
  const cluster = `bench-${gates}`
  const redis = openRedis(registryUrl)
  const registry = redisRegistry(redis, cluster)
  const beat = (round: number): Promise<unknown> =>
    Promise.all(
      Array.from({ length: gates }, (_, n) =>
        registry.announce(gateOf(n, (n * 7_919 + round * 104_729) % 900_000), LEASE_MS),
      ),
    )
  await beat(0)
  const server = new Child(process.execPath, [COMMAND, 'dispatcher'], temporaryDirectory(), {
    LONGWIRE_REGISTRY: registryUrl,
    LONGWIRE_CLUSTER_NAME: cluster,
    LONGWIRE_DISPATCHER_ADDRESS: `127.0.0.1:${port}`,
    LONGWIRE_DISPATCHER_RATE_PER_SECOND: '1000000',
    LONGWIRE_DISPATCHER_RATE_BURST: '1000000',
    LONGWIRE_DISPATCHER_NETS: JSON.stringify(NETS.map(name => ({ name, blocks: [] }))),
  })
  await server.says('dispatcher is up', PATIENCE_MS)
  const going = { on: true }
  const beating = (async (): Promise<void> => {
    for (let round = 1; going.on; round++) {
      await beat(round)
      await sleep(1_000)
    }
  })()
  try {
    await askMany(port, Math.ceil(answers / 10))
    const before = await cpuSeconds(port)
    const began = performance.now()
    const { latencies, bytes } = await askMany(port, answers)
    const seconds = (performance.now() - began) / 1_000
    const workMs = (((await cpuSeconds(port)) - before) / answers) * 1_000
    return {
      gates,
      answers,
      answersPerSecond: Math.round(answers / seconds),
      workMs: round(workMs, 4),
      p99Ms: round(percentile(latencies, 0.99), 2),
      answerBytes: Math.round(bytes / answers),
    }
  } finally {
    going.on = false
    await beating
    await server.stop()
    await redis.close()
  }
}

const pathOf = (n: number): string =>
  `/v1/gates?appcode=1&transport=${n % 2 === 0 ? 'tls' : 'tcp'}&net=${NETS[n % NETS.length]}`

const askMany = async (
  port: number,
  answers: number,
): Promise<{ readonly latencies: Float64Array; readonly bytes: number }> => {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  const latencies = new Float64Array(answers)
  let next = 0
  let bytes = 0
  const client = async (): Promise<void> => {
    for (let n = next++; n < answers; n = next++) {
      const began = performance.now()
      const body = await bodyOf({ agent, port, host: '127.0.0.1', path: pathOf(n) })
      latencies[n] = performance.now() - began
      bytes += body.length
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, client))
  agent.destroy()
  return { latencies: latencies.sort(), bytes }
}

const bodyOf = (options: RequestOptions): Promise<string> =>
  new Promise((resolve, reject) => {
    get(options, response => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => {
        if (response.statusCode === 200) resolve(text)
        else reject(new Error(`${String(response.statusCode)}: ${text}`))
      })
    }).on('error', reject)
  })

const cpuSeconds = async (port: number): Promise<number> => {
  const text = await bodyOf({ port, host: '127.0.0.1', path: '/metrics' })
  return Number(/^process_cpu_seconds_total (\S+)/m.exec(text)?.[1])
}
