import { readFile, rename, writeFile } from 'node:fs/promises'
import type { NetworkStore } from './networks.ts'

/** Keeps what was learned of networks in a small file. One process per file. */
export const fileNetworks = (path: string): NetworkStore => {
  let writing: Promise<void> = Promise.resolve()
  let next: Promise<void> | undefined
  let latest = ''
  const write = async (): Promise<void> => {
    next = undefined
    await writeFile(`${path}.new`, latest)
    await rename(`${path}.new`, path)
  }
  return {
    load: () => readFile(path, 'utf8').catch(() => undefined),
    save: text => {
      latest = text
      // all that come while one is under way share the next write
      next ??= writing = writing.then(write, write)
      return next
    },
  }
}
