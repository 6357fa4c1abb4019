import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { machineNote } from '../machine.ts'
import type { Row } from '../scenario.ts'
import { sharedNow } from '../statistics.ts'
import { renderTable } from '../table.ts'
import { Arena } from './arena.ts'
import { Cluster, type StoreKind } from './cluster.ts'
import { FAULTS } from './faults.ts'
import { promiseRows, recoveryText } from './promises.ts'
import { playRound, tooMuch, type Pace, type RoundResult } from './round.ts'
import { seeded } from '../seeded.ts'

const HELP = `npm run -s chaos -- [options]

Three gates, two logics, Redis and a store run as processes of their own; clients of the SDK read and a
backend publishes while one of these happens in each round:

${Object.entries(FAULTS)
  .map(
    ([name, { what, documents }]) =>
      `  ${name.padEnd(16)} ${what}${documents === true ? ' (--store ferretdb)' : ''}`,
  )
  .join('\n')}

  --rounds N      rounds; every fault once, in an order that the seed decides, unless given
  --only FAULT    this fault in every round; may be given several times
  --seed N        decides users, targets and the order of faults
  --clients N     clients of the SDK
  --rate N        messages a second
  --processes N   processes of clients
  --outage S      seconds for which processes are paused and links are broken
  --store KIND    lmdb (shared by both logics), ferretdb or mongo (see .ci/services)
  --quick         fewer clients and faults, short rounds: under 50 seconds on a quiet machine
  --keep DIR      copy what everybody wrote down in a round that failed there, and the store; by default a
                  new directory under ${tmpdir()}
  --minutes N     no round begins later than this, and those left out are a failure (20, unless --rounds is given)
  --strict        what takes longer than it should is a failure too
  --json          the last line is one object {rounds, accepted, lost, repeated, outOfOrder, …}
  --help          this text
`

const OPTIONS = {
  rounds: { type: 'string' },
  only: { type: 'string', multiple: true },
  seed: { type: 'string' },
  clients: { type: 'string' },
  rate: { type: 'string' },
  processes: { type: 'string' },
  outage: { type: 'string' },
  store: { type: 'string' },
  keep: { type: 'string' },
  minutes: { type: 'string' },
  quick: { type: 'boolean', default: false },
  strict: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

const MINUTES = 20

/** What a quick run shows: a process of each kind killed, one paused, Redis emptied, everybody at once. */
const QUICK = ['gate-kill', 'logic-kill', 'redis-flush', 'logic-pause', 'client-kill', 'storm']

/** The stand-ins for MongoDB scan, so their data stays small. */
const SIZES = {
  full: { clients: 3_000, rate: 1_000, processes: 2 },
  quick: { clients: 300, rate: 200, processes: 1 },
  documents: { clients: 40, rate: 5, processes: 1 },
} as const

interface Settings {
  readonly faults: readonly string[]
  readonly seed: number
  readonly clients: number
  readonly rate: number
  readonly processes: number
  readonly store: StoreKind
  readonly pace: Pace
  readonly keep: string
  readonly minutes: number
  readonly strict: boolean
  readonly json: boolean
}

const print = (text: string): void => void process.stdout.write(`${text}\n`)

const wholeNumber = (name: string, text: string | undefined, fallback: number): number => {
  const value = text === undefined ? fallback : Number(text)
  if (!Number.isInteger(value) || value < 1)
    throw new Error(`--${name}: "${text}" is no whole number above 0`)
  return value
}

const storeOf = (text = 'lmdb'): StoreKind => {
  if (text !== 'lmdb' && text !== 'ferretdb' && text !== 'mongo')
    throw new Error(`--store: there is no "${text}"; there are lmdb, ferretdb and mongo`)
  return text
}

type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values']

const settingsOf = (values: Values): Settings => {
  const { quick, strict, json } = values
  const store = storeOf(values.store)
  const seed = wholeNumber('seed', values.seed, Math.floor(Math.random() * 1e6) + 1)
  const size = store === 'lmdb' ? (quick ? SIZES.quick : SIZES.full) : SIZES.documents
  const outageMs = wholeNumber('outage', values.outage, quick ? 4 : 10) * 1_000
  return {
    faults: faultsOf(values, store, seed),
    seed,
    store,
    strict,
    json,
    keep: values.keep ?? join(tmpdir(), `longwire-chaos-${seed}-${process.pid}`),
    minutes: wholeNumber(
      'minutes',
      values.minutes,
      values.rounds === undefined ? MINUTES : Number.MAX_SAFE_INTEGER,
    ),
    clients: wholeNumber('clients', values.clients, size.clients),
    rate: wholeNumber('rate', values.rate, size.rate),
    processes: wholeNumber('processes', values.processes, size.processes),
    pace: quick
      ? { beforeMs: 600, outageMs, afterMs: 1_500 }
      : { beforeMs: 4_000, outageMs, afterMs: 6_000 },
  }
}

const faultsOf = (values: Values, store: StoreKind, seed: number): string[] => {
  const all = Object.keys(FAULTS).filter(name => {
    const { documents } = FAULTS[name]!
    if (name === 'store-kill' && store === 'mongo') return false
    return documents !== true || store !== 'lmdb'
  })
  const wanted = values.only ?? (values.quick ? QUICK : shuffled(all, seed))
  for (const name of wanted) {
    if (!all.includes(name))
      throw new Error(
        `--only: there is no fault "${name}" on ${store}; there are ${all.join(', ')}`,
      )
  }
  const rounds = wholeNumber('rounds', values.rounds, wanted.length)
  return Array.from({ length: rounds }, (_, index) => wanted[index % wanted.length]!)
}

const shuffled = (names: readonly string[], seed: number): string[] => {
  const random = seeded(seed)
  return names
    .map(name => ({ name, lot: random.next() }))
    .sort((a, b) => a.lot - b.lot)
    .map(({ name }) => name)
}

const again = ({ seed, store, clients, rate }: Settings, fault: string): string =>
  `npm run -s chaos -- --only ${fault} --seed ${seed} --store ${store} --clients ${clients} --rate ${rate}`

/** A cluster with its clients, and what its clients have read in the rounds before. */
interface Stage {
  readonly cluster: Cluster
  readonly arena: Arena
  since: Float64Array | undefined
}

const setStage = async ({ store, clients, rate, processes, seed }: Settings): Promise<Stage> => {
  const cluster = await Cluster.start(store)
  try {
    const arena = await Arena.open(cluster, { clients, perSecond: rate, processes, seed })
    return { cluster, arena, since: undefined }
  } catch (error) {
    await cluster.stop()
    throw error
  }
}

const strike = async ({ cluster, arena }: Stage): Promise<void> => {
  await arena.close()
  await cluster.stop()
}

/** After a round that failed the next one starts from nothing, so that it fails only for itself. */
const play = async (settings: Settings): Promise<RoundResult[]> => {
  const { faults, seed, pace } = settings
  const results: RoundResult[] = []
  let stage: Stage | undefined
  try {
    const deadline = sharedNow() + settings.minutes * 60_000
    for (const [index, fault] of faults.entries()) {
      const number = index + 1
      if (sharedNow() > deadline) break
      stage ??= await setStage(settings)
      const began = sharedNow()
      const result = await playRound(
        stage.arena,
        { number, fault, pace },
        seeded(seed + number),
        stage.since,
      )
      stage.since = result.verdict.lastSeqs
      results.push(result)
      tell(settings, result, `round ${number} of ${faults.length}, ${fault}`, sharedNow() - began)
      if (result.failures.length === 0) continue
      await keep(stage, result, join(settings.keep, `round-${number}`))
      await strike(stage)
      stage = undefined
    }
    return results
  } finally {
    if (stage !== undefined) await strike(stage)
  }
}

/** Everything that may explain a failure: first what is known of those whom it hit. */
const keep = async (
  { arena }: Stage,
  { verdict, events }: RoundResult,
  to: string,
): Promise<void> => {
  arena.keep(to)
  process.stderr.write(`  kept: ${to}\n`)
  if (verdict.suspects.length === 0) return
  try {
    const text = await arena.explain(verdict.suspects, events)
    writeFileSync(join(to, 'post-mortem'), text)
    process.stderr.write(text.replaceAll(/^/gm, '  '))
  } catch (error) {
    process.stderr.write(`  nothing can be read of their mailboxes: ${String(error)}\n`)
  }
}

const tell = (settings: Settings, result: RoundResult, what: string, ms: number): void => {
  const { failures, recoveries, fault } = result
  const took = `${(ms / 1000).toFixed(0)} s`
  print(
    [
      `${what}: ${failures.length === 0 ? 'ok' : 'FAILED'}, ${took}`,
      ...recoveries.map(recoveryText),
    ].join('; '),
  )
  for (const text of failures) process.stderr.write(`  FAILED: ${text}\n`)
  for (const slow of recoveries.filter(tooMuch))
    process.stderr.write(`  too slow: ${recoveryText(slow)}\n`)
  if (failures.length > 0) {
    process.stderr.write(`  again: ${again(settings, fault)}\n`)
  }
}

const sum = (results: readonly RoundResult[], of: (result: RoundResult) => number): number =>
  results.reduce((total, result) => total + of(result), 0)

const report = (settings: Settings, results: readonly RoundResult[]): void => {
  const rows: Row[] = results.map(({ row }) => row)
  const { seed, clients, rate, store, strict, json } = settings
  print(`\n${renderTable(rows)}\n\n${renderTable(promiseRows(results))}\n`)
  print(`- seed ${seed}, ${clients} clients of the SDK, ${rate} messages/s, store ${store}`)
  print(`- ${machineNote()}`)
  const slow = sum(results, ({ recoveries }) => recoveries.filter(tooMuch).length)
  const left = settings.faults.length - results.length
  const failed = results.filter(result => result.failures.length > 0).length
  print(
    `- ${failed} of ${results.length} rounds failed; ${slow} recoveries took longer than they should`,
  )
  if (left > 0) print(`- ${left} rounds were not played: there was no time left (--minutes)`)
  if (failed > 0 || left > 0 || (strict && slow > 0)) process.exitCode = 1
  if (!json) return
  const { rounds, accepted, lost, repeated, outOfOrder, wrong, late } = {
    rounds: results.length,
    accepted: sum(results, ({ verdict }) => verdict.accepted),
    lost: sum(results, ({ verdict }) => verdict.lost),
    repeated: sum(results, ({ verdict }) => verdict.repeated),
    outOfOrder: sum(results, ({ verdict }) => verdict.outOfOrder),
    wrong: sum(results, ({ verdict }) => verdict.wrong),
    late: sum(results, ({ verdict }) => verdict.late),
  }
  print(JSON.stringify({ rounds, accepted, lost, repeated, outOfOrder, wrong, late, failed, slow }))
}

const main = async (): Promise<void> => {
  const { values } = parseArgs({ options: OPTIONS })
  if (values.help) return print(HELP)
  const settings = settingsOf(values)
  if (spawnSync('redis-server', ['--version']).error !== undefined)
    throw new Error('redis-server is not installed: .ci/services/services.sh install redis')
  report(settings, await play(settings))
}

// Ends by way of `exit`, so that the servers and clients end too.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

main().then(
  () => process.exit(),
  (error: unknown) => {
    process.stderr.write(`chaos: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exit(1)
  },
)
