import { InvalidArgumentError, Option, type Command } from 'commander'

export const whole =
  (least: number, most: number) =>
  (text: string): number => {
    const value = Number(text)
    if (text.trim() !== '' && Number.isInteger(value) && value >= least && value <= most)
      return value
    throw new InvalidArgumentError(`Use a whole number from ${least} to ${most}.`)
  }
export const appcode = (): Option =>
  new Option(
    '--appcode <n>',
    'end platform (default: the first one of the server, else 1)',
  ).argParser(whole(1, 65_535))
export const several = (value: string, before: string[] | undefined): string[] => [
  ...(before ?? []),
  value,
]

/** A sub-command with what all of them understand. */
export const command = (program: Command, name: string, summary: string): Command =>
  program
    .command(name)
    .summary(summary)
    .description(summary)
    .option(
      '-c, --config <file>',
      'configuration, YAML or JSON (default: longwire.config.yaml or .json here)',
    )
    .option('-d, --data <dir>', 'directory of what is kept (default: ./data)')

/** One that asks the HTTP API. */
export const apiCommand = (program: Command, name: string, summary: string): Command =>
  command(program, name, summary)
    .option('--url <url>', 'HTTP API (default: the server of --data)')
    .option('--key <key>', 'API key (default: LONGWIRE_KEY, else the development key)')
