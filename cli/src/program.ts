import { ConfigError } from '@longwire/kit'
import { LongwireError } from '@longwire/client/node'
import { URGENCY_NAMES } from '@longwire/proto'
import { Command, CommanderError, Option } from 'commander'
import { config, configHelp, type ConfigOptions } from './commands/config.ts'
import { listC2s, removeC2s, setC2s, type C2sOptions, type C2sPlace } from './commands/c2s.ts'
import { connect, type ConnectOptions } from './commands/connect.ts'
import { doctor, type DoctorOptions } from './commands/doctor.ts'
import { findLocal } from './commands/local.ts'
import { mailbox, type MailboxOptions } from './commands/mailbox.ts'
import { events, gates, online, type EventsOptions, type OnlineOptions } from './commands/online.ts'
import { networks, type NetworksOptions } from './commands/networks.ts'
import { publish, type PublishOptions } from './commands/publish.ts'
import { serve, type ServeOptions } from './commands/serve.ts'
import { hint, type HintOptions } from './commands/hint.ts'
import { revoke, type RevokeOptions } from './commands/revoke.ts'
import { addBus } from './program/bus.ts'
import { apiCommand, appcode, command, several, whole } from './program/command.ts'
import type { Role } from './config.ts'
import { addOperatorCommands } from './operator-commands.ts'
import { EXIT, Failure } from './failure.ts'
import type { CommonOptions } from './settings.ts'
import type { Shell } from './shell.ts'
import { paintFor } from './terminal.ts'
import { VERSION } from './version.ts'

const WORKERS_MAX = 256
const workers = (text: string): number => (text === 'auto' ? 0 : whole(1, WORKERS_MAX)(text))

const addWorkers = (gate: Command): void => {
  gate
    .option(
      '--workers <n>',
      'processes, each a gate of its own; auto: one for each core (default: gate.workers)',
      workers,
    )
    .addOption(
      new Option('--worker <n>', 'be worker n of a supervisor')
        .argParser(whole(0, WORKERS_MAX))
        .hideHelp(),
    )
}

const addServers = (program: Command, shell: Shell): void => {
  const roles: [Role, string, string][] = [
    ['all', 'Run one gate and one logic in this process', ALL_HELP],
    ['gate', 'Run a gate: it holds the connections of clients', SEVERAL_HELP + WORKERS_HELP],
    ['logic', 'Run a logic: it stores and routes messages', SEVERAL_HELP],
    ['dispatcher', 'Run a dispatcher: it tells apps where gates are', DISPATCHER_HELP],
  ]
  for (const [role, summary, help] of roles) {
    const server = command(program, role, summary).addHelpText('after', help)
    if (role === 'gate') addWorkers(server)
    server.action((options: ServeOptions) => serve(shell, role, options))
  }
}

const addConnect = (program: Command, shell: Shell): void => {
  command(
    program,
    'connect',
    'Be a client: print messages as they arrive, also those that were missed',
  )
    .requiredOption('--uid <uid>', 'whose mailbox')
    .option(
      '--url <url>',
      'gate: tcp://, tls://, ws:// or wss://; may be repeated (default: the server of --data)',
      several,
    )
    .option(
      '--dispatcher <url>',
      'who tells where gates are, such as http://127.0.0.1:7080; may be repeated',
      several,
    )
    .addOption(
      new Option('--transport <name>', 'which gate address of the local server, or to ask for')
        .choices(['tcp', 'tls', 'ws', 'wss'])
        .default('tcp'),
    )
    .addOption(appcode())
    .option(
      '--device <name>',
      'this installation; another one reads the mailbox for itself',
      'terminal',
    )
    .option('--token <token>', 'a JWT (default: signed with the keys of --data)')
    .option('--state-dir <dir>', 'where the cursor is kept (default: clients within --data)')
    .option('--count <n>', 'leave after this many messages', whole(1, 1_000_000))
    .option('--json', 'one message per line as JSON')
    .addHelpText('after', CONNECT_HELP)
    .action((options: ConnectOptions) => connect(shell, options))
}

const addPublish = (program: Command, shell: Shell): void => {
  command(program, 'publish', 'Be a backend: hand in one message')
    .requiredOption('--uid <uid>', 'for whom')
    .option('--body <text>', 'the message')
    .option('--file <path>', 'take the message from a file; - is standard input')
    .addOption(appcode())
    .option('--msgtype <n>', 'what kind of message it is', whole(0, 65_535), 0)
    .option(
      '--ttl <seconds>',
      'how long it is worth delivering; 0: for who is online now, never stored',
      whole(0, 4_294_967_295),
    )
    .addOption(
      new Option('--urgency <name>', 'low and idle wait until the device is awake').choices(
        URGENCY_NAMES,
      ),
    )
    .option('--must-wake', 'it goes out after --max-defer, even if that wakes the device')
    .option('--max-defer <seconds>', 'with --must-wake (default: 1800)', whole(1, 4_294_967_295))
    .option('--collapse-key <key>', 'takes the place of what is not read yet under this key')
    .option('--tell-expired', 'an event "expired" tells where it is removed unread')
    .option('--all-ends', 'for every platform of the user system')
    .option('--idempotency-key <key>', 'the same key again is the same message')
    .option('--url <url>', 'http:// or tcp:// (default: the server of --data)')
    .option('--key <key>', 'API key (default: LONGWIRE_KEY, else the development key)')
    .addHelpText('after', PUBLISH_HELP)
    .action((options: PublishOptions) => publish(shell, options))
}

const addMailbox = (program: Command, shell: Shell): void => {
  apiCommand(program, 'mailbox', 'Show what is kept for a user')
    .requiredOption('--uid <uid>', 'whose')
    .addOption(appcode())
    .option('--after <seq>', 'only what lies behind this seq', whole(0, Number.MAX_SAFE_INTEGER), 0)
    .option('--limit <n>', 'how many', whole(1, 1_000), 100)
    .option('--json', 'as the API answers')
    .addHelpText('after', '\nExample:\n  npx longwire mailbox --uid alice --limit 10\n')
    .action((options: MailboxOptions) => mailbox(shell, options))
}

const addOnline = (program: Command, shell: Shell): void => {
  apiCommand(program, 'online', 'Show who is online, and where')
    .argument('<uid...>', 'whose')
    .option('--appcode <n>', 'only this end platform', whole(1, 65_535))
    .option('--json', 'one user per line as JSON')
    .addHelpText('after', '\nExample:\n  npx longwire online alice bob\n')
    .action((uids: string[], options: OnlineOptions) => online(shell, uids, options))
  apiCommand(
    program,
    'events',
    'Follow who comes online and goes offline (needs presence.appcodes)',
  )
    .option(
      '--after <seq>',
      'behind this one; 0: all that is kept (default: from now on)',
      whole(0, Number.MAX_SAFE_INTEGER),
    )
    .option('--count <n>', 'leave after this many', whole(1, 1_000_000))
    .option('--json', 'one event per line as JSON')
    .addHelpText('after', '\nExample:\n  npx longwire events --after 0\n')
    .action((options: EventsOptions) => events(shell, options))
  apiCommand(program, 'gates', 'Show the gates that live')
    .option('--json', 'one gate per line as JSON')
    .addHelpText('after', '\nExample:\n  npx longwire gates\n')
    .action((options: OnlineOptions) => gates(shell, options))
}

const addHint = (program: Command, shell: Shell): void => {
  command(program, 'hint', 'Tell clients of gates something else about heartbeats')
    .argument('[gate...]', 'name, or name@incarnation')
    .option('--all', 'every gate that lives')
    .option('--ping-max <seconds>', 'longest interval that clients may choose', whole(10, 3_600))
    .option('--ping-start <seconds>', 'interval that clients begin with', whole(10, 3_600))
    .option('--ping-floor <seconds>', 'shortest interval that they settle on', whole(10, 3_600))
    .option('--ack-timeout <ms>', 'how long they wait for an answer', whole(1_000, 3_600_000))
    .option('--reconnect-window <ms>', 'they dial again within this', whole(1, 3_600_000))
    .option('--quiet', 'tell each when it pings: wakes no device')
    .option('--url <url>', 'HTTP API (default: the server of --data)')
    .option('--key <key>', 'key of an operator (default: LONGWIRE_KEY, else the development key)')
    .option('--json', 'one gate per line as JSON')
    .addHelpText(
      'after',
      '\nIt holds until the gate starts again or reads its configuration again (SIGHUP).\n\nExample:\n  npx longwire hint --all --ping-max 300\n',
    )
    .action((gates: string[], options: HintOptions) => hint(shell, gates, options))
}

const addNetworks = (program: Command, shell: Shell): void => {
  command(program, 'networks', 'See how long networks leave connections idle, as clients learned')
    .option('--limit <n>', 'networks shown, those with most sessions first', whole(1, 1_000), 20)
    .option('--url <url>', 'HTTP API (default: the server of --data)')
    .option('--key <key>', 'key of an operator (default: LONGWIRE_KEY, else the development key)')
    .option('--json', 'as JSON')
    .action((options: NetworksOptions) => networks(shell, options))
}

const addRevoke = (program: Command, shell: Shell): void => {
  command(program, 'revoke', 'End tokens before their time, and the sessions they opened')
    .option('--uid <uid>', 'all tokens of this user')
    .option('--before <time>', 'only those issued before: now, or such as 2026-01-31T12:00:00Z')
    .option('--appcode <n>', 'only on this end platform', whole(1, 65_535))
    .option('--system <name>', 'of which user system, where there are several')
    .option('--token-id <id>', 'one token, by its "jti"')
    .option('--reason <text>', 'told to the client')
    .option('--list', 'show what is revoked; --uid and --token-id narrow it down')
    .option('--lift <id>', 'end a revocation: its tokens are good again')
    .option('--url <url>', 'HTTP API (default: the server of --data)')
    .option(
      '--key <key>',
      'API key of an operator (default: LONGWIRE_KEY, else the development key)',
    )
    .option('--json', 'as the API answers')
    .addHelpText('after', REVOKE_HELP)
    .action((options: RevokeOptions) => revoke(shell, options))
}

const addC2s = (program: Command, shell: Shell): void => {
  const c2s = command(program, 'c2s', 'Say where messages of clients go')
  const leaf = (name: string, description: string): Command =>
    command(c2s, name, description)
      .option('--url <url>', 'HTTP API (default: the server of --data)')
      .option('--key <key>', 'key of an operator (default: LONGWIRE_KEY, else the development key)')
      .option('--json', 'one route per line as JSON')
  leaf('list', 'show all routes').action((options: C2sOptions) => listC2s(shell, options))
  const at = (name: string, description: string): Command =>
    leaf(name, description)
      .addOption(appcode())
      .requiredOption('--msgtype <n>', 'what kind of message', whole(0, 65_535))
  at('set', 'send messages of a msgtype to a topic, and its calls to a webhook')
    .option('--topic <name>', 'it is made if it is missing')
    .option('--stream', 'some may be lost: gathered, and dropped where there is no room')
    .option('--webhook <name>', 'row of c2s.hooks that answers calls')
    .addHelpText('after', C2S_HELP)
    .action((options: C2sPlace) => setC2s(shell, options))
  at('remove', 'refuse messages of a msgtype').action((options: C2sPlace) =>
    removeC2s(shell, options),
  )
}

interface TokenOptions extends CommonOptions {
  readonly uid: string
  readonly ttl: number
  readonly tokenId?: string
}

const addToken = (program: Command, shell: Shell): void => {
  command(program, 'token', 'Sign a token a client can log in with')
    .requiredOption('--uid <uid>', 'for whom')
    .option('--ttl <seconds>', 'how long it is valid', whole(1, 365 * 24 * 3600), 3600)
    .option('--token-id <id>', 'names it ("jti"), so that it can be revoked by itself')
    .addHelpText('after', '\nSigned with auth.secret, or with the development keys of --data.\n')
    .action(async (options: TokenOptions) => {
      const { uid, ttl, tokenId } = options
      const token = await findLocal(shell, options).tokens(uid, ttl, tokenId)()
      shell.stdout.write(`${token}\n`)
    })
}

const addConfig = (program: Command, shell: Shell): void => {
  command(program, 'config', 'Check or show the configuration')
    .option('--print', 'every value and where it comes from; secrets are masked')
    .option('--check', 'only say whether it is good (this is the default)')
    .addOption(
      new Option('--role <role>', 'for which server')
        .choices(['all', 'gate', 'logic', 'dispatcher'])
        .default('all'),
    )
    .addHelpText('after', () => `\nKeys, their defaults and variables:\n\n${configHelp()}`)
    .action((options: ConfigOptions) => config(shell, options))
}

const addDoctor = (program: Command, shell: Shell): void => {
  command(
    program,
    'doctor',
    'Look whether this host is fit for it, and say how to mend what is not',
  )
    .addOption(
      new Option('--role <role>', 'what is to run here')
        .choices(['all', 'gate', 'logic', 'dispatcher'])
        .default('all'),
    )
    .option(
      '--sessions <n>',
      'sessions one gate process is to hold (default: gate.limits.sessions)',
      whole(1, 10_000_000),
    )
    .option('--strict', 'what is only to look at counts as failed')
    .option('--json', 'one JSON object: verdict, and each check with status, found, why and mend')
    .addHelpText('after', DOCTOR_HELP)
    .action((options: DoctorOptions) => doctor(shell, options))
}

/** Runs one command line (without `node` and the script) and returns the exit code. */
export const main = async (args: readonly string[], shell: Shell): Promise<number> => {
  const program = new Command('longwire')
    .description(
      'Long-connection push: clients keep one connection, backends hand in messages, each arrives once.',
    )
    .version(VERSION)
    .showHelpAfterError('\nlongwire --help shows what there is.')
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: text => void shell.stdout.write(text),
      writeErr: text => void shell.stderr.write(text),
    })
    .exitOverride()
    // What follows a sub-command belongs to it: `longwire gate drain` has options that `gate` has as well.
    .enablePositionalOptions()
    .addHelpText('after', EXAMPLES)
  addServers(program, shell)
  addConnect(program, shell)
  addPublish(program, shell)
  addMailbox(program, shell)
  addOnline(program, shell)
  addBus(program, shell)
  addHint(program, shell)
  addNetworks(program, shell)
  addRevoke(program, shell)
  addOperatorCommands(program, { shell, command, whole, several })
  addC2s(program, shell)
  addToken(program, shell)
  addConfig(program, shell)
  addDoctor(program, shell)
  for (const each of program.commands)
    each
      .copyInheritedSettings(program)
      .showHelpAfterError(`\nlongwire ${each.name()} --help shows what there is.`)
  try {
    await program.parseAsync(args, { from: 'user' })
    return EXIT.ok
  } catch (error) {
    return tell(error, shell)
  }
}

/** Shows what went wrong; a fault of the program itself keeps its stack. */
const tell = (error: unknown, { stderr, env }: Shell): number => {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
  const label = paintFor(stderr, env).red('error')
  if (error instanceof ConfigError) {
    const count = error.problems.length
    stderr.write(
      `${label}: ${count === 1 ? 'one thing' : `${count} things`} in the configuration must be changed\n\n${error.message}\n`,
    )
    return EXIT.usage
  }
  if (error instanceof Failure) {
    stderr.write(`${label}: ${error.message}\n`)
    return error.exitCode
  }
  if (error instanceof LongwireError) {
    stderr.write(`${label}: ${error.code}: ${error.message}\n`)
    return EXIT.failed
  }
  stderr.write(
    `${label}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  )
  return EXIT.failed
}

const EXAMPLES = `
First steps (npm start does the first one after a fresh clone):
  npx longwire all                                 run everything in one process
  npx longwire connect --uid alice                 be alice: print what arrives
  npx longwire publish --uid alice --body hello    be a backend
  npx longwire mailbox --uid alice                 see what is kept for her

Several processes on Redis and MongoDB:
  npx longwire config --check --role logic --config cluster.yaml
  npx longwire logic --config cluster.yaml
  npx longwire gate --config cluster.yaml

Exit codes: 0 all went well, 1 it failed, 2 the command line or the configuration is wrong.
`

const ALL_HELP = `
Without a configuration it keeps its data in ./data, listens on 127.0.0.1 and makes up keys for development.

Examples:
  npx longwire all
  LONGWIRE_HTTP_ADDRESS=127.0.0.1:8080 npx longwire all      every key is also a variable
  npx longwire all --config longwire.config.yaml             see: longwire config --help
`

const SEVERAL_HELP = `
Gates and logics share one configuration: routes and registry on Redis, store on MongoDB (or LMDB on one
host), cluster.secret, and auth. longwire config --check --role gate|logic says what is missing.
`

const WORKERS_HELP = `
With --workers N a supervisor runs N gates: worker n (from 0) listens n ports above gate.tcp.address and
gate.ws.address and is called NAME-n. gate.operations.address answers for all of them.

Example:
  LONGWIRE_GATE_TCP_ADDRESS=0.0.0.0:7100 LONGWIRE_GATE_WS_ADDRESS=0.0.0.0:7200 npx longwire gate --workers auto
`

const DISPATCHER_HELP = `
Every logic answers GET /v1/gates as well; a dispatcher of its own needs only the registry, so apps find gates
whatever logic has to do. Any number of them may run.
`

const CONNECT_HELP = `
Examples:
  npx longwire connect --uid alice                           the server of ./data, by TCP
  npx longwire connect --uid alice --transport ws            the same by WebSocket
  npx longwire connect --uid alice --device phone            a second device: it has its own cursor
  npx longwire connect --uid alice --url wss://push.example.com --token eyJ…
  npx longwire connect --uid alice --dispatcher https://gates.example.com --transport wss --token eyJ…
`

const PUBLISH_HELP = `
Examples:
  npx longwire publish --uid alice --body 'hello'
  git log -1 | npx longwire publish --uid alice --file -
  npx longwire publish --uid alice --body '{"order":42}' --msgtype 7 --ttl 3600
`

const REVOKE_HELP = `
Examples:
  npx longwire revoke --uid alice --before now               sign alice out everywhere; she may sign in again
  npx longwire revoke --uid alice --reason 'banned'          no token of alice is good, old or new
  npx longwire revoke --token-id 7f3c1b                      one token
  npx longwire revoke --list
  npx longwire revoke --lift 3
`

const C2S_HELP = `
Examples:
  npx longwire c2s set --msgtype 7 --topic orders            client.send({ msgtype: 7, body })
  npx longwire c2s set --msgtype 9 --topic positions --stream
  npx longwire c2s list
`

const DOCTOR_HELP = `
It changes nothing and needs no rights. What a container does not show is "unknown".

Examples:
  npx longwire doctor
  npx longwire doctor --role gate --sessions 500000 --config cluster.yaml
  npx longwire doctor --json --strict                        for a check before a rollout

Exit codes: 0 nothing failed, 1 something failed (--strict: or is to be looked at), 2 the command line is wrong.
`
