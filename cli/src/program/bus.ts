import type { Command } from 'commander'
import { busTopics, groups, type GroupsOptions, type TopicsOptions } from '../commands/bus.ts'
import { consume, type ConsumeCommandOptions } from '../commands/consume.ts'
import type { Shell } from '../shell.ts'
import { apiCommand, several, whole } from './command.ts'

/** Topics for backends, and who reads them. */
export const addBus = (program: Command, shell: Shell): void => {
  apiCommand(program, 'bus', 'Show topics of the bus; make one, or send it a record')
    .option('--json', 'one per line as JSON')
    .argument('[topic]', 'only this one')
    .option('--create', 'make it, or give it more partitions')
    .option('--partitions <n>', 'with --create', whole(1, 1_000), 8)
    .option('--retention-hours <n>', 'with --create', whole(1, 87_600), 168)
    .option('--send <text>', 'publish a record to it')
    .option('--record-key <key>', 'with --send: records of one key keep their order')
    .action((name: string | undefined, options: TopicsOptions) => busTopics(shell, name, options))
  apiCommand(program, 'groups', 'Show how far behind consumer groups are; move one, or mend it')
    .option('--json', 'one per line as JSON')
    .argument('[name]', 'only this one')
    .option('--seek <position>', 'go on at earliest, latest, or a time (with --topic)')
    .option('--topic <name>', 'with --seek')
    .option('--dead', 'show what it could not handle')
    .option('--replay', 'give it that again')
    .option('--purge', 'remove that for good')
    .action((name: string | undefined, options: GroupsOptions) => groups(shell, name, options))
  apiCommand(program, 'consume', 'Take records of topics as a consumer of a group')
    .option('--json', 'one per line as JSON')
    .requiredOption('--group <name>', 'consumers of a group share its records')
    .requiredOption('--topic <name>', 'which; may be repeated', several)
    .option('--latest', 'a group that is new begins with what comes from now on')
    .option('--count <n>', 'leave after this many', whole(1, 1_000_000))
    .action((options: ConsumeCommandOptions) => consume(shell, options))
}
