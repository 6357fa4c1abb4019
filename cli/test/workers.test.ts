import t from 'tap'
import { loadConfig } from '@longwire/kit'
import { CONFIG, rulesFor, type Config } from '../src/config.ts'
import { gatherExpositions } from '../src/workers/exposition.ts'
import { workerConfig } from '../src/workers/ports.ts'
import { Restarts } from '../src/workers/restarts.ts'
import { run } from './support.ts'

const configOf = (tcp: string, ws: string, workers: number): Config =>
  loadConfig(CONFIG, {
    overrides: {
      node: { name: 'edge' },
      registry: 'redis://127.0.0.1:1',
      cluster: { secret: 'a-secret-of-the-cluster' },
      gate: { workers, tcp: { address: tcp }, ws: { address: ws } },
    },
  }).config

t.test('worker n has a name and ports of its own', test => {
  const config = configOf('0.0.0.0:7100', '[::1]:7200', 3)
  test.strictSame(rulesFor('gate')(config), [])
  const { node, gate } = workerConfig(config, 2)
  test.equal(node.name, 'edge-2')
  test.strictSame(
    [gate.tcp.address, gate.ws.address, gate.operations.address],
    ['0.0.0.0:7102', '[::1]:7202', 'off'],
  )
  test.equal(workerConfig(config, 0).gate.tcp.address, '0.0.0.0:7100')
  const free = workerConfig(configOf('127.0.0.1:0', 'off', 2), 1).gate
  test.strictSame([free.tcp.address, free.ws.address], ['127.0.0.1:0', 'off'])
  test.end()
})

t.test('ports of workers that meet others are told with a remedy', async test => {
  const [problem, ...others] = rulesFor('gate')(configOf('0.0.0.0:7001', '0.0.0.0:7002', 4))
  test.strictSame(others, [])
  test.match(problem, {
    path: 'gate.ws.address',
    problem: /gate\.tcp\.address takes ports 7001 to 7004/,
    remedy: /such as port 7013/,
  })
  test.match(rulesFor('gate')(configOf('0.0.0.0:65534', 'off', 4)), [
    { path: 'gate.tcp.address', problem: /up to 65537/ },
  ])
  test.strictSame(rulesFor('gate')(configOf('0.0.0.0:7001', '0.0.0.0:7002', 1)), [])
  const env = { LONGWIRE_REGISTRY: 'redis://127.0.0.1:1', LONGWIRE_CLUSTER_SECRET: 'x'.repeat(16) }
  test.match(await run(['gate', '--workers', '2'], env), {
    code: 2,
    err: /worker n listens n ports/,
  })
  test.match(await run(['gate', '--workers', 'some'], env), { code: 2, err: /whole number/ })
})

t.test('a worker is started again ever later, and given up when it never works', test => {
  const restarts = new Restarts(() => 1)
  test.strictSame(
    [1, 2, 3, 4].map(() => restarts.ended(9_999)),
    [250, 500, 1_000, 2_000],
  )
  test.equal(restarts.ended(9_999), undefined, 'five short lives in a row')
  const hardy = new Restarts(() => 0)
  const waits = Array.from({ length: 12 }, () => hardy.ended(20_000))
  test.strictSame(waits.slice(0, 4), [125, 250, 500, 1_000])
  test.equal(waits.at(-1), 15_000, 'half of the longest')
  test.equal(hardy.ended(60_000), 125, 'a good life begins anew')
  test.end()
})

t.test('numbers of all workers are one exposition', test => {
  const text = (value: number): string =>
    `# HELP a_total things\n# TYPE a_total counter\na_total ${value}\n\n# HELP b by kind\n# TYPE b histogram\nb_bucket{le="1"} ${value}\nb_count ${value}\n`
  const own = '# HELP up workers\n# TYPE up gauge\nup{of="gate"} 2\n'
  const all = gatherExpositions(
    new Map([
      ['', own],
      ['0', text(1)],
      ['1', text(2)],
    ]),
  )
  test.equal(
    all,
    `# HELP up workers
# TYPE up gauge
up{of="gate"} 2

# HELP a_total things
# TYPE a_total counter
a_total{worker="0"} 1
a_total{worker="1"} 2

# HELP b by kind
# TYPE b histogram
b_bucket{worker="0",le="1"} 1
b_count{worker="0"} 1
b_bucket{worker="1",le="1"} 2
b_count{worker="1"} 2
`,
  )
  test.end()
})
