import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The last commit before sessions could be moved. */
const COMMIT = 'c465e0520901c1ce65202d4c749983c957e58d17'
const ROOT = fileURLToPath(new URL('../../../..', import.meta.url))
const PACKAGES = {
  proto: 'proto',
  kit: 'kit',
  gate: 'gate',
  logic: 'logic',
  client: 'client-sdk',
  bench: 'bench',
}

const git = (...args: readonly string[]): Buffer =>
  execFileSync('git', ['-C', ROOT, ...args], { stdio: 'pipe', maxBuffer: 2 ** 30 })

/** Why there is no older build; '' where there can be one. */
export const olderMissing = (): string => {
  try {
    git('cat-file', '-e', `${COMMIT}^{commit}`)
    return ''
  } catch {
    return `the history of the repository does not reach back to ${COMMIT}`
  }
}

/** Folder of that commit, built with the toolchain of today; it is kept for the next run. */
export const olderBuild = (): string => {
  const kept = join(ROOT, 'node_modules/.cache/longwire-older', COMMIT)
  if (existsSync(kept)) return kept
  const dir = `${kept}.${process.pid}`
  mkdirSync(dir, { recursive: true })
  try {
    execFileSync('tar', ['-x', '-C', dir], { input: git('archive', COMMIT) })
    // Its tests name their own package, which the compiler would look for here, where it is of today.
    for (const folder of [...Object.values(PACKAGES), 'cli'])
      rmSync(join(dir, folder, 'test'), { recursive: true, force: true })
    linkModules(dir)
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
    // Without the hooks that tap puts into the environment of what a test starts: the compiler cannot be loaded with them.
    const plain = ['-u', 'NODE_OPTIONS', process.execPath]
    execFileSync('env', [...plain, tsc, '-b', 'cli'], { cwd: dir, stdio: 'pipe' })
    renameSync(dir, kept)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
  return kept
}

/** What is installed here, with our own packages as they were. */
const linkModules = (dir: string): void => {
  const modules = join(dir, 'node_modules')
  mkdirSync(join(modules, '@longwire'), { recursive: true })
  for (const name of readdirSync(join(ROOT, 'node_modules')))
    if (!name.startsWith('.') && name !== '@longwire' && name !== 'longwire')
      symlinkSync(join(ROOT, 'node_modules', name), join(modules, name))
  for (const [name, folder] of Object.entries(PACKAGES))
    symlinkSync(join('../..', folder), join(modules, '@longwire', name))
}
