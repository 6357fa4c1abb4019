import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { DISTURBANCE_NAMES, type DisturbanceName } from './disturbances.ts'
import { MUTANT_NAMES, type MutantName } from './mutants.ts'
import { replayOf, simulate } from './simulate.ts'

const USAGE = `npm run -s simulate -- [--seeds N] [--seed S] [--only KIND,…] [--mutant NAME] [--json]
  --seeds N   worlds to run (100)
  --seed S    the first of them; alone: replay this one and print its history
  --only      go wrong with these alone: ${DISTURBANCE_NAMES.join(', ')}
  --mutant    put a bug in: ${MUTANT_NAMES.map(name => `"${name}"`).join(', ')}
  --json      one line of JSON`

const fail = (text: string): never => {
  console.error(text)
  process.exit(2)
}

const whole = (name: string, text: string): number => {
  const value = Number(text)
  return Number.isSafeInteger(value) && value > 0
    ? value
    : fail(`--${name} is "${text}": use a whole number above 0\n${USAGE}`)
}

const mutantOf = (text: string | undefined): MutantName | undefined => {
  if (text === undefined) return undefined
  return MUTANT_NAMES.find(name => name === text) ?? fail(`there is no mutant "${text}"\n${USAGE}`)
}

const kindsOf = (text: string | undefined): DisturbanceName[] | undefined =>
  text
    ?.split(',')
    .map(
      kind =>
        DISTURBANCE_NAMES.find(name => name === kind.trim()) ??
        fail(`nothing is called "${kind}"\n${USAGE}`),
    )

const options = (): {
  seed?: string
  seeds?: string
  only?: string
  mutant?: string
  json?: boolean
} => {
  try {
    return parseArgs({
      options: {
        seed: { type: 'string' },
        seeds: { type: 'string' },
        only: { type: 'string' },
        mutant: { type: 'string' },
        json: { type: 'boolean' },
      },
    }).values
  } catch (error) {
    return fail(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`)
  }
}

const { seed, seeds, only: kinds, mutant: name, json = false } = options()
const mutant = mutantOf(name)
const only = kindsOf(kinds)
const replay = (seed: number): string =>
  replayOf(seed, { ...(mutant && { mutant }), ...(only && { only }) })
const trace = seed !== undefined && seeds === undefined
const count = trace ? 1 : whole('seeds', seeds ?? '100')
const started = performance.now()
const outcomes = await simulate({
  first: whole('seed', seed ?? '1'),
  seeds: count,
  threads: availableParallelism(),
  trace: trace && !json,
  ...(mutant === undefined ? {} : { mutant }),
  ...(only === undefined ? {} : { only }),
})
const sum = (of: (outcome: (typeof outcomes)[number]) => number): number =>
  outcomes.reduce((total, one) => total + of(one), 0)
const failures = outcomes.flatMap(({ failure }) => failure ?? []).sort((a, b) => a.seed - b.seed)
const report = {
  worlds: sum(one => one.worlds),
  seconds: Math.round((performance.now() - started) / 100) / 10,
  simulatedHours: Math.round(sum(one => one.simulatedMs) / 36_000) / 100,
  steps: sum(one => one.steps),
  deliveries: sum(one => one.deliveries),
  gaps: sum(one => one.gaps),
  moves: sum(one => one.moves),
  resets: sum(one => one.resets),
  failures: failures.map(({ seed, faults }) => ({ seed, faults, replay: replay(seed) })),
}
if (json) console.log(JSON.stringify(report))
else {
  for (const { seed, faults, tail } of failures) {
    if (!trace) console.log(`\nseed ${seed}, the end of its history:\n${tail.join('\n')}`)
    console.log(`\nseed ${seed} FAILED\n  ${faults.join('\n  ')}`)
    console.log(`replay: ${replay(seed)}\n`)
  }
  const { worlds, seconds, simulatedHours, steps, deliveries, gaps, resets, moves } = report
  console.log(
    `${worlds} worlds in ${seconds} s: ${simulatedHours} simulated hours, ${steps} steps, ${deliveries} deliveries, ${gaps} gaps, ${resets} resets, ${moves} moves; ${failures.length} failed`,
  )
}
process.exitCode = failures.length === 0 ? 0 : 1
