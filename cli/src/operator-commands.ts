import { InvalidArgumentError, type Command } from 'commander'
import {
  audit,
  drain,
  operations,
  rebalance,
  releaseStatus,
  startRelease,
  tellOperation,
  type CommandOptions,
  type DrainOptions,
  type RebalanceOptions,
} from './commands/moves.ts'
import type { Shell } from './shell.ts'

/** Of `program.ts`: how its commands are made, and how their values are read. */
export interface Making {
  readonly shell: Shell
  readonly command: (parent: Command, name: string, summary: string) => Command
  readonly whole: (least: number, most: number) => (text: string) => number
  readonly several: (value: string, before: string[] | undefined) => string[]
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, '': 1 }

const seconds = (text: string): number => {
  const [, number, unit = ''] = /^(\d{1,6})(s|m|h)?$/.exec(text) ?? []
  if (number === undefined) throw new InvalidArgumentError('Use seconds, or such as 90s, 10m, 1h.')
  return Number(number) * (UNITS[unit] ?? 1)
}

const buckets = (text: string): { from: number; to: number } => {
  const [, from, to] = /^(\d{1,5})-(\d{1,5})$/.exec(text) ?? []
  if (from === undefined || to === undefined)
    throw new InvalidArgumentError('Use two numbers up to 10000, such as 0-2500.')
  return { from: Number(from), to: Number(to) }
}

const numbers = (text: string, before: number[] | undefined): number[] => {
  if (!/^\d{1,5}$/.test(text)) throw new InvalidArgumentError('Use a whole number.')
  return [...(before ?? []), Number(text)]
}

const asking = (command: Command): Command =>
  command
    .option('--url <url>', 'HTTP API (default: the server of --data)')
    .option('--key <key>', 'key of an operator (default: LONGWIRE_KEY, else the development key)')
    .option('--json', 'one JSON object per line')

const beginning = (command: Command): Command =>
  asking(command)
    .option('--dry-run', 'only say what it would do')
    .option('--reason <text>', 'for the audit log, and the logs of apps')
    .option('--idempotency-key <key>', 'the same key again is the same operation')

/** Commands for who runs gates: empty them, even them out, bring a new version to everybody. */
export const addOperatorCommands = (program: Command, making: Making): void => {
  const { shell, command } = making
  addDrain(program, making)
  addRebalance(program, making)
  addRelease(program, making)
  addOperations(program, making)
  asking(command(program, 'audit', 'Show who did what to gates, and each step of it'))
    .option('--operation <id>', 'only of this operation')
    .option('--limit <n>', 'how many', making.whole(1, 500), 50)
    .action((options: CommandOptions & { limit: number; operation?: string }) =>
      audit(shell, options),
    )
}

const addDrain = (program: Command, { shell, command, several }: Making): void => {
  const gate = program.commands.find(each => each.name() === 'gate')
  const define = (parent: Command): void => {
    beginning(command(parent, 'drain', 'Empty a gate: its sessions go to others, unnoticed'))
      .argument('<gate>', 'name, or name@incarnation')
      .option('--to <gate>', 'only to this gate; may be repeated', several)
      .option('--deadline <time>', 'give up after this (default: 10m)', seconds)
      .option('--detach', 'begin it and leave')
      .addHelpText('after', DRAIN_HELP)
      .action((name: string, options: DrainOptions) => drain(shell, name, options))
  }
  define(program)
  if (gate !== undefined) define(gate)
}

const addRebalance = (program: Command, { shell, command, several, whole }: Making): void => {
  beginning(command(program, 'rebalance', 'Move a part of the sessions of gates to others'))
    .argument('[mode]', 'auto: from full gates to empty ones until they differ little')
    .option('--from <gate>', 'where from; may be repeated', several)
    .option('--to <gate>', 'where to; may be repeated', several)
    .option('--share <percent>', 'of the sessions of each gate, such as 20%')
    .option('--count <n>', 'so many of each gate at most', whole(1, 100_000_000))
    .option('--spread <percent>', 'auto: good where they differ by no more of capacity (5%)')
    .option(
      '--per-second <n>',
      'at this pace (default: half of what the others can log in)',
      whole(1, 1_000_000),
    )
    .option('--appcode <n>', 'only of this end platform; may be repeated', numbers)
    .option(
      '--platform <name>',
      'only of this platform of the table of apps; may be repeated',
      several,
    )
    .option('--agent <prefix>', 'only clients that begin like this; may be repeated', several)
    .option(
      '--net <net>',
      'only clients of this network, by name or CIDR; may be repeated',
      several,
    )
    .option('--buckets <from-to>', 'only uids with a hash of these buckets of 10000', buckets)
    .option('--detach', 'begin it and leave')
    .addHelpText('after', REBALANCE_HELP)
    .action((mode: string | undefined, options: RebalanceOptions) =>
      rebalance(shell, mode, options),
    )
}

const TELLING = [
  ['pause', 'Move nobody for now; who is on the new gates stays there'],
  ['resume', 'Go on, after a pause or after it moved back'],
  ['promote', 'Go on to the next stage at once; once it is complete: end it'],
  ['abort', 'Send everybody back to the old gates, for good'],
] as const

const addRelease = (program: Command, { shell, command }: Making): void => {
  const release = command(program, 'release', 'Bring a new version of gates to users, step by step')
  release.addHelpText('after', RELEASE_HELP)
  beginning(command(release, 'start', 'Begin a release'))
    .argument('<plan>', 'YAML or JSON')
    .option('--watch', 'follow it')
    .action((file: string, options: CommandOptions) => startRelease(shell, file, options))
  asking(command(release, 'status', 'Show how a release is'))
    .argument('[id]', 'default: the one that runs')
    .option('--watch', 'follow it')
    .action((id: string | undefined, options: CommandOptions) => releaseStatus(shell, id, options))
  for (const [name, summary] of TELLING) {
    const each = asking(command(release, name, summary))
      .argument('[id]', 'default: the one that runs')
      .option('--reason <text>', 'for the audit log')
      .option('--watch', 'follow it')
    if (name === 'promote') each.option('--all', 'to everybody, over all stages')
    each.action((id: string | undefined, options: CommandOptions) =>
      tellOperation(shell, { name, id }, options),
    )
  }
}

const addOperations = (program: Command, { shell, command, whole }: Making): void => {
  const list = asking(command(program, 'operations', 'Show what moves sessions, and what did'))
    .argument('[id]', 'all there is to know of one')
    .option('--watch', 'follow it')
    .option('--limit <n>', 'how many', whole(1, 500), 20)
    .addHelpText('after', OPERATIONS_HELP)
    .action((id: string | undefined, options: CommandOptions) => operations(shell, id, options))
  for (const name of ['pause', 'resume', 'abort'] as const)
    asking(command(list, name, `${name[0]?.toUpperCase()}${name.slice(1)} an operation`))
      .argument('<id>', 'which')
      .option('--reason <text>', 'for the audit log')
      .action((id: string, options: CommandOptions) => tellOperation(shell, { name, id }, options))
}

const DRAIN_HELP = `
The gate leaves the list that apps are told, and each client gets a session on another gate before it leaves this one.
Ctrl-C only stops watching.

Examples:
  npx longwire drain gate-3 --dry-run
  npx longwire gate drain gate-3 --deadline 5m --reason 'kernel update'

Exit codes: 0 it is empty, 1 it was refused, 2 the command line is wrong, 3 it failed or was aborted.
`

const REBALANCE_HELP = `
It says first what it will move, then does it. All selections given have to be true for a session.

Examples:
  npx longwire rebalance auto --dry-run
  npx longwire rebalance auto --spread 3%
  npx longwire rebalance --from gate-1 --to gate-4 --share 20%
  npx longwire rebalance --from gate-1 --to gate-4 --platform ios --buckets 0-2500

Exit codes: 0 done, 1 it was refused, 2 the command line is wrong, 3 it failed or was aborted.
`

const RELEASE_HELP = `
A plan says which gates are new, in which stages users come to them, and what makes it move back (docs/moving.md):

  name: gate-1.4.0
  new: { version: 1.4.0 }
  stages:
    - { share: 1%, hold: 30m }
    - { share: 10%, hold: 4h }
    - { share: 100%, hold: 1h }

Examples:
  npx longwire release start plan.yaml --dry-run
  npx longwire release start plan.yaml
  npx longwire release status --watch
  npx longwire release promote
  npx longwire release abort --reason 'p99 of payments'
`

const OPERATIONS_HELP = `
Examples:
  npx longwire operations
  npx longwire operations 018c3f2a9b000001 --watch
  npx longwire operations abort 018c3f2a9b000001
`
