import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { readConfigFile } from '@longwire/kit'
import { loadSettings } from '../src/settings.ts'
import { run } from './support.ts'

const at = (path: string): string =>
  fileURLToPath(new URL(`../../../deploy/${path}`, import.meta.url))
/** What closing may take on top of the drain. */
const CLOSE_SECONDS = 5

type Tree = { readonly [key: string]: Tree } & readonly Tree[]

const tree = (name: string): Tree => readConfigFile(at(`kubernetes/${name}.yaml`)).value as Tree
const text = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value ?? '')

/** Every `Name=value` of a unit; a name may come several times. */
const unitOf = (name: string): Map<string, string[]> => {
  const found = new Map<string, string[]>()
  for (const line of readFileSync(at(`systemd/${name}.service`), 'utf8').split('\n')) {
    const [, key, value] = /^(\w+)=(.*)$/.exec(line) ?? []
    if (key !== undefined) found.set(key, [...(found.get(key) ?? []), value ?? ''])
  }
  return found
}

/** Variables that configure something. */
const known = async (): Promise<ReadonlySet<string>> => {
  const { out } = await run(['config', '--help'])
  return new Set(['LONGWIRE_CONFIG', ...(out.match(/LONGWIRE_\w+/g) ?? [])])
}

const config = (() => {
  const dir = mkdtempSync(join(tmpdir(), 'longwire-deploy-'))
  const file = join(dir, 'cluster.yaml')
  writeFileSync(file, text(tree('config')['data']?.['cluster.yaml']))
  const secrets = tree('secret')['stringData']!
  const env = Object.fromEntries(Object.entries(secrets).map(([key, value]) => [key, text(value)]))
  return { dir, file, env }
})()
t.teardown(() => rmSync(config.dir, { recursive: true }))

t.test('units stop a process later than it drains, and know which role it is', async t => {
  const names = await known()
  for (const [name, role] of [
    ['longwire-gate@', 'gate'],
    ['longwire-logic@', 'logic'],
    ['longwire-dispatcher', 'dispatcher'],
  ] as const) {
    const unit = unitOf(name)
    const environment = unit.get('Environment') ?? []
    const deadline = environment.find(each => each.startsWith('LONGWIRE_DRAIN_DEADLINE_MS='))
    const drainSeconds = Number(deadline?.split('=')[1]) / 1_000
    t.ok(Number(unit.get('TimeoutStopSec')?.[0]) > drainSeconds + CLOSE_SECONDS, name)
    t.strictSame(unit.get('KillSignal'), ['SIGTERM'])
    t.strictSame(unit.get('KillMode'), ['mixed'], 'a supervisor hands it on itself')
    t.match(unit.get('ExecStart')?.[0], new RegExp(`/cli/bin/longwire\\.js ${role}$`))
    t.match(unit.get('ExecReload')?.[0], '-HUP')
    t.ok(Number(unit.get('LimitNOFILE')?.[0]) >= 65_536)
    for (const each of environment.filter(value => value.startsWith('LONGWIRE_')))
      t.ok(names.has(each.split('=')[0] ?? ''), `${each} sets something`)
  }
})

const skip = existsSync('/usr/bin/systemd-analyze') ? false : 'systemd-analyze is not installed'
t.test('systemd finds nothing wrong with the units', { skip }, t => {
  for (const name of readdirSync(at('systemd'))) {
    // It looks for programs and users that are only on the hosts they are for.
    const said = execFileSync('/bin/sh', [
      '-c',
      'systemd-analyze verify "$0" 2>&1 || true',
      at(`systemd/${name}`),
    ])
    const wrong = said
      .toString()
      .split('\n')
      .filter(
        line => /Unknown|Failed to parse|Invalid|ignoring/i.test(line) && line.includes('longwire'),
      )
    t.strictSame(wrong, [], name)
  }
  t.end()
})

t.test('the configuration of the manifests is good for every role', t => {
  for (const role of ['gate', 'logic', 'dispatcher'] as const) {
    const env = { ...config.env, LONGWIRE_TRUNK_ADVERTISE: '10.0.0.1:7003' }
    const loaded = loadSettings({ config: config.file }, env, role)
    t.strictSame(loaded.warnings, [])
  }
  t.end()
})

t.test('pods are probed where they listen, and ended later than they drain', async t => {
  const names = await known()
  const { config: settings } = loadSettings({ config: config.file }, config.env)
  const portOf = (address: string): number => Number(address.split(':').at(-1))
  const rows = [
    ['gate', 'operations', settings.gate.operations.address],
    ['logic', 'http', settings.http.address],
    ['dispatcher', 'http', settings.dispatcher.address],
  ] as const
  for (const [role, portName, address] of rows) {
    const pod = tree(role)['spec']?.['template']?.['spec']
    const container = pod?.['containers']?.[0]
    t.strictSame(container?.['args'], [role])
    const ports = [...(container?.['ports'] ?? [])]
    const port = ports.find(each => text(each['name']) === portName)
    t.equal(Number(port?.['containerPort']), portOf(address), `${role} listens where it is probed`)
    const probes = [
      ['livenessProbe', '/healthz'],
      ['readinessProbe', '/readyz'],
    ] as const
    for (const [probe, path] of probes)
      t.match(container?.[probe]?.['httpGet'], { path, port: portName }, `${probe} of ${role}`)
    const wait = Number(container?.['lifecycle']?.['preStop']?.['exec']?.['command']?.[1] ?? 0)
    const needs = settings.drain.deadlineMs / 1_000 + CLOSE_SECONDS + wait
    t.ok(Number(pod?.['terminationGracePeriodSeconds']) > needs, `${role} has time to end`)
    const budget = tree(`${role}-disruption`)['spec']
    t.match(budget?.['selector'], tree(role)['spec']?.['selector'], `the budget is that of ${role}`)
    t.ok(Number(budget?.['maxUnavailable'] ?? 0) + Number(budget?.['minAvailable'] ?? 0) === 1)
    for (const { name } of container?.['env'] ?? [])
      if (text(name).startsWith('LONGWIRE_'))
        t.ok(names.has(text(name)), `${text(name)} sets something`)
  }
  const gateArgs = tree('gate')['spec']?.['updateStrategy']
  t.match(gateArgs, { type: 'RollingUpdate' })
  t.match(tree('logic')['spec']?.['strategy'], { rollingUpdate: { maxUnavailable: 0 } })
})

t.test('every manifest is applied, and services lead to ports that there are', t => {
  const files = readdirSync(at('kubernetes')).filter(name => name !== 'kustomization.yaml')
  t.strictSame([...(tree('kustomization')['resources'] ?? [])].map(text).sort(), files.sort())
  for (const role of ['logic', 'dispatcher']) {
    const service = tree(`${role}-service`)['spec']
    const pod = tree(role)['spec']?.['template']
    t.match(pod?.['metadata']?.['labels'], service?.['selector'])
    const names = [...(pod?.['spec']?.['containers']?.[0]?.['ports'] ?? [])].map(({ name }) =>
      text(name),
    )
    for (const { targetPort } of service?.['ports'] ?? []) t.ok(names.includes(text(targetPort)))
  }
  t.end()
})

t.test('the image runs the program itself as its first process, and has every workspace', t => {
  const dockerfile = readFileSync(at('Dockerfile'), 'utf8')
  t.match(dockerfile, 'ENTRYPOINT ["node", "/opt/longwire/cli/bin/longwire.js"]')
  t.match(dockerfile, 'STOPSIGNAL SIGTERM')
  const manifest = JSON.parse(readFileSync(at('../package.json'), 'utf8')) as {
    workspaces: string[]
  }
  for (const workspace of manifest.workspaces)
    t.match(dockerfile, `COPY ${workspace}/package.json ${workspace}/`)
  t.end()
})
