import { parseArgs } from 'node:util'
import type { Outcome } from '../scenario.ts'
import { renderTable } from '../table.ts'
import { balance } from './balance.ts'
import { heartbeat } from './heartbeat.ts'
import { natbox } from './natbox/natbox.ts'
import { herd } from './herd.ts'

interface SimulationOptions {
  readonly quick: boolean
  readonly seed: number
}

interface Simulation {
  readonly proves: string
  readonly run: (options: SimulationOptions) => Outcome | Promise<Outcome>
}

const SIMULATIONS: Readonly<Record<string, Simulation>> = {
  heartbeat: {
    proves:
      'pings that phones send, and connections that they lose, with the heartbeat of the SDK and with others',
    run: heartbeat,
  },
  natbox: {
    proves:
      'the heartbeat of the SDK over real sockets: NATs that forget between clients and a gate, in simulated time',
    run: ({ quick, seed }) =>
      natbox({ hours: quick ? 6 : 48, seed, seconds: [60, 120, 300, 600, 1_800] }),
  },
  balance: {
    proves: 'how evenly clients spread over gates, and how near, by probes and by other rules',
    run: balance,
  },
  herd: {
    proves:
      'how soon all clients of a gate that dies are back on the others, and how many dials that takes',
    run: herd,
  },
}

const HELP = `npm run -s sim -- NAME [options]

${Object.entries(SIMULATIONS)
  .map(([name, { proves }]) => `  ${name.padEnd(9)} ${proves}`)
  .join('\n')}

  --quick   smaller
  --seed S  other random numbers (12345)
  --json    the figures as one JSON object in the last line
  --help    this text
`

const OPTIONS = {
  quick: { type: 'boolean', default: false },
  seed: { type: 'string', default: '12345' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

const print = (text: string): void => void process.stdout.write(`${text}\n`)

const main = async (): Promise<void> => {
  const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true })
  const [name] = positionals
  if (values.help || name === undefined) return print(HELP)
  const simulation = SIMULATIONS[name]
  if (simulation === undefined)
    throw new Error(
      `there is no simulation "${name}"; there are ${Object.keys(SIMULATIONS).join(', ')}`,
    )
  const seed = Number(values.seed)
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new Error(`--seed is ${values.seed}; use a whole number of at least 0`)
  const {
    rows,
    notes = [],
    failures = [],
    json,
  } = await simulation.run({ quick: values.quick, seed })
  print(`\n${name}: ${simulation.proves}\n\n${renderTable(rows)}\n`)
  for (const note of notes) print(`- ${note}`)
  for (const failure of failures) process.stderr.write(`FAILED: ${failure}\n`)
  if (failures.length > 0) process.exitCode = 1
  if (values.json) print(JSON.stringify({ simulation: name, ...json }))
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
})
