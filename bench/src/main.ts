import { parseArgs } from 'node:util'
import type { Outcome, ScenarioOptions } from './scenario.ts'
import { bytes } from './scenarios/bytes.ts'
import { churn } from './scenarios/churn.ts'
import { codec } from './scenarios/codec.ts'
import { dispatcher } from './scenarios/dispatcher.ts'
import { presence, recover } from './scenarios/audience.ts'
import { fanout } from './scenarios/fanout.ts'
import { idle } from './scenarios/idle.ts'
import { gatekill } from './scenarios/gatekill.ts'
import { million } from './scenarios/million.ts'
import { offline } from './scenarios/offline.ts'
import { stalled } from './scenarios/stalled.ts'
import { overload } from './scenarios/overload.ts'
import { unicast } from './scenarios/unicast.ts'
import { c2c, c2s } from './scenarios/uplink.ts'
import { raceOfProbes } from './scenarios/race.ts'
import { roll } from './scenarios/roll.ts'
import { routes } from './scenarios/routes.ts'
import { renderTable } from './table.ts'

interface Scenario {
  readonly proves: string
  readonly run: (options: ScenarioOptions) => Outcome | Promise<Outcome>
}

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  idle: { proves: 'memory that an idle session costs the gate, over TCP and WebSocket', run: idle },
  million: {
    proves: 'a million live sessions on one machine, that beat and get messages',
    run: million,
  },
  gatekill: {
    proves: 'how soon all clients of a gate that is killed are back on another one',
    run: gatekill,
  },
  unicast: {
    proves: 'durable messages per second to users who are online, and their latency',
    run: unicast,
  },
  offline: {
    proves: 'storing for users who are away, and everybody pulling at once',
    run: offline,
  },
  c2s: { proves: 'messages per second from clients into a topic, durable', run: c2s },
  c2c: { proves: 'messages per second between users, durable in both histories', run: c2c },
  stalled: {
    proves: 'what clients that do not read cost the gate, and the clients that do',
    run: stalled,
  },
  fanout: { proves: 'one message to all who have a topic: deliveries per second', run: fanout },
  presence: { proves: 'that many who join a topic at once are no storm', run: presence },
  recover: { proves: 'that a gate that is killed costs its topics nothing', run: recover },
  churn: { proves: 'that clients who come and go leave nothing behind', run: churn },
  overload: {
    proves: 'that at twice its capacity a server sheds early and what it takes keeps its latency',
    run: overload,
  },
  race: {
    proves: 'that clients which choose by probes fill unequal gates evenly, and take the near one',
    run: raceOfProbes,
  },
  roll: {
    proves: 'that every gate can be restarted under load, and no app sees a connection end',
    run: roll,
  },
  routes: { proves: 'what a route costs in Redis, made and found at a million users', run: routes },
  dispatcher: {
    proves: 'what telling an app where gates are costs, while loads of gates change',
    run: dispatcher,
  },
  bytes: {
    proves: 'bytes of keepalive, login and delivery on one connection, beside other protocols',
    run: bytes,
  },
  codec: { proves: 'frames encoded and decoded per second', run: codec },
}

const HELP = `npm run -s bench -- NAME [options]

${Object.entries(SCENARIOS)
  .map(([name, { proves }]) => `  ${name.padEnd(10)} ${proves}`)
  .join('\n')}

  --quick        shorter, under 45 seconds
  --json         the figures as one JSON object in the last line
  --peers        also run the peers that are installed here (see bench/README.md)
  --profile DIR  write a CPU profile of the server there
  --logins N     how many logins \`churn\` makes
  --sessions N   how many sessions \`fanout\`, \`presence\`, \`recover\`, \`million\`, \`gatekill\` or \`roll\` opens; capacity of a gate in, and clients of, \`race\`
  --help         this text
`

const OPTIONS = {
  quick: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  peers: { type: 'boolean', default: false },
  profile: { type: 'string' },
  logins: { type: 'string' },
  sessions: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const

const print = (text: string): void => void process.stdout.write(`${text}\n`)

const run = async (name: string, options: ScenarioOptions, json: boolean): Promise<void> => {
  const scenario = SCENARIOS[name]
  if (scenario === undefined) {
    throw new Error(
      `there is no scenario "${name}"; there are ${Object.keys(SCENARIOS).join(', ')}`,
    )
  }
  const outcome = await scenario.run(options)
  print(`\n${name}: ${scenario.proves}\n\n${renderTable(outcome.rows)}\n`)
  for (const note of outcome.notes ?? []) print(`- ${note}`)
  for (const failure of outcome.failures ?? []) process.stderr.write(`FAILED: ${failure}\n`)
  if ((outcome.failures ?? []).length > 0) process.exitCode = 1
  if (json) print(JSON.stringify({ scenario: name, ...outcome.json }))
}

const whole = (option: string, text: string | undefined): number | undefined => {
  const value = text === undefined ? undefined : Number(text)
  if (value !== undefined && !(Number.isInteger(value) && value > 0))
    throw new Error(`--${option} ${text} is not a whole number above 0`)
  return value
}

const main = async (): Promise<void> => {
  const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true })
  const [name, ...more] = positionals
  if (values.help || name === undefined) {
    print(HELP)
    if (!values.help) process.exitCode = 2
    return
  }
  if (more.length > 0) throw new Error(`one scenario at a time: leave out ${more.join(' ')}`)
  const { quick, peers, profile } = values
  const logins = whole('logins', values.logins)
  const sessions = whole('sessions', values.sessions)
  await run(name, { quick, peers, profile, logins, sessions }, values.json)
}

// Ends by way of `exit`, so that the servers end too.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

main().catch((error: unknown) => {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
})
