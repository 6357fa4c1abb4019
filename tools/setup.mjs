// Makes a fresh clone ready to run: dependencies, compiled sources, the browser bundle. Quick when there is nothing to do.
//   node tools/setup.mjs [--quiet]
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const quiet = process.argv.includes('--quiet')
const at = (...parts) => join(root, ...parts)
const mtime = path => (existsSync(path) ? statSync(path).mtimeMs : 0)

const fail = message => {
  console.error(`\n${message}`)
  process.exit(1)
}

const checkNode = () => {
  const wanted = JSON.parse(readFileSync(at('package.json'), 'utf8')).engines.node.replace('>=', '')
  const [major, minor] = wanted.split('.').map(Number)
  const [hasMajor, hasMinor] = process.versions.node.split('.').map(Number)
  if (hasMajor > major || (hasMajor === major && hasMinor >= minor)) return
  fail(
    `Longwire needs Node ${wanted} or newer, but this is ${process.versions.node}.\n` +
      'Install a current version from https://nodejs.org (or: nvm install 22), then try again.',
  )
}

/** Runs a program; its output is shown unless `--quiet` and it succeeds. */
const run = (title, command, args) => {
  if (!quiet) console.log(title)
  const started = performance.now()
  const done = spawnSync(command, args, {
    cwd: root,
    stdio: quiet ? 'pipe' : 'inherit',
    shell: command === 'npm' && process.platform === 'win32',
  })
  if (done.status !== 0) {
    if (quiet) process.stderr.write(`${done.stdout ?? ''}${done.stderr ?? ''}`)
    fail(
      `${title} failed${done.error === undefined ? '' : `: ${done.error.message}`}. The reason stands above.`,
    )
  }
  return ((performance.now() - started) / 1000).toFixed(1)
}

const installDependencies = () => {
  const stamp = at('node_modules/.longwire-lock')
  const installed = at('node_modules/.package-lock.json')
  const hash = createHash('sha256')
    .update(readFileSync(at('package-lock.json')))
    .digest('hex')
  if (
    existsSync(stamp)
      ? readFileSync(stamp, 'utf8') === hash
      : mtime(installed) >= mtime(at('package-lock.json'))
  )
    return
  const seconds = run('Installing dependencies (only this once, about a minute) …', 'npm', [
    'ci',
    '--include=dev',
  ])
  writeFileSync(stamp, hash)
  if (!quiet) console.log(`Dependencies are installed (${seconds} s).`)
}

const compile = () => {
  const tsc = at('node_modules/typescript/bin/tsc')
  // The first time takes some seconds: say so. Later it is over before it could be read.
  if (!existsSync(at('cli/dist/src/main.js'))) run('Compiling …', process.execPath, [tsc, '-b'])
  else {
    const done = spawnSync(process.execPath, [tsc, '-b'], { cwd: root, stdio: 'inherit' })
    if (done.status !== 0) fail('The sources do not compile: the reasons stand above.')
  }
}

const newest = folder =>
  readdirSync(folder, { withFileTypes: true }).reduce((latest, entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return Math.max(latest, newest(path))
    return entry.name.endsWith('.js') ? Math.max(latest, mtime(path)) : latest
  }, 0)

/** The SDK as one file for browsers. */
const bundle = () => {
  const script = at('client-sdk/build-bundle.mjs')
  if (!existsSync(script)) return
  const built = mtime(at('client-sdk/dist/longwire.browser.js'))
  const sources = Math.max(
    mtime(script),
    newest(at('client-sdk/dist/src')),
    newest(at('proto/dist/src')),
  )
  if (built < sources) run('Bundling the browser SDK …', process.execPath, [script])
}

checkNode()
installDependencies()
compile()
bundle()
