import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** A command of the bench, as a function that runs it to its end. `path` is below bench/src, compiled. */
export const commandOf = (path: string): ((...args: string[]) => Promise<Ended>) => {
  const main = fileURLToPath(new URL(`../src/${path}`, import.meta.url))
  return (...args) =>
    new Promise(resolve => {
      const child = spawn(process.execPath, [main, ...args])
      let out = ''
      let err = ''
      child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
      child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
      child.on('close', code => resolve({ code, out, err }))
    })
}
