import { main } from './program.ts'
import type { Shell } from './shell.ts'

const SERVERS = new Set(['all', 'gate', 'logic'])

/** Runs the command line of this process. */
export const runCommandLine = async (): Promise<void> => {
  const interrupt = new AbortController()
  const [name] = process.argv.slice(2)
  // Servers drain by themselves; every other command just ends.
  if (name === 'connect')
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => interrupt.abort())
  const shell: Shell = {
    env: process.env,
    stdout: process.stdout,
    stderr: process.stderr,
    interrupted: interrupt.signal,
  }
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // A server goes on when nobody reads its log; `longwire mailbox | head` has shown enough.
    if (!SERVERS.has(name ?? '')) process.exit(error.code === 'EPIPE' ? 0 : 1)
  })
  const code = await main(process.argv.slice(2), shell)
  process.exitCode = code
  // What was left open by a command that failed must not keep the process.
  process.stdout.write('', () => process.exit(code))
}
