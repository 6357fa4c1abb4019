// Makes a fresh clone ready to run: dependencies, compiled sources, the browser bundle. Quick when there is nothing to do.
//   node tools/setup.mjs [--quiet] [--no-install] [--tests]
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
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

const hashOf = file =>
  createHash('sha256')
    .update(readFileSync(at(file)))
    .digest('hex')
const lockHash = () => hashOf('package-lock.json')
const stamp = at('node_modules/.longwire-lock')

const installed = () => {
  const modules = at('node_modules/.package-lock.json')
  if (existsSync(stamp)) return existsSync(modules) && readFileSync(stamp, 'utf8') === lockHash()
  return mtime(modules) >= mtime(at('package-lock.json')) && mtime(modules) > 0
}

/** Runs `work` while no other process of this clone does; a lock left by a dead process is taken over. */
const alone = work => {
  mkdirSync(at('.cache'), { recursive: true })
  const file = at('.cache/setup.lock')
  for (;;) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' })
      break
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
      if (!alive(file)) rmSync(file, { force: true })
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
    }
  }
  const release = () => rmSync(file, { force: true })
  process.once('exit', release)
  work()
  process.removeListener('exit', release)
  release()
}

const alive = file => {
  try {
    return process.kill(Number(readFileSync(file, 'utf8')) || process.pid, 0)
  } catch {
    return false
  }
}

const installDependencies = () => {
  if (installed()) return
  if (process.argv.includes('--no-install')) {
    fail('The dependencies are not those of package-lock.json: run npm run build, or npm ci.')
  }
  alone(() => {
    // Another process may have done it meanwhile.
    if (installed()) return
    const fresh = !existsSync(at('node_modules'))
    // What breaks off half-way must not pass for installed.
    rmSync(stamp, { force: true })
    // `npm ci` empties node_modules first: never below programs of this clone that may be running.
    const args = fresh ? ['ci', '--include=dev'] : ['install', '--no-save', '--include=dev']
    const title = fresh
      ? 'Installing dependencies (only this once, about a minute) …'
      : 'Updating dependencies …'
    const seconds = run(title, 'npm', args)
    writeFileSync(stamp, lockHash())
    if (!quiet) console.log(`Dependencies are installed (${seconds} s).`)
  })
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

/** Removes what was compiled from sources that are gone: a test of yesterday would run for ever. */
const sweep = (folder, source) => {
  if (!existsSync(folder)) return
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) sweep(path, join(source, entry.name))
    else if (
      entry.name.endsWith('.js') &&
      !existsSync(join(source, entry.name.replace(/js$/, 'ts')))
    )
      rmSync(path)
  }
}
const sweepAll = () => {
  for (const folder of JSON.parse(readFileSync(at('package.json'), 'utf8')).workspaces)
    for (const part of ['src', 'test']) sweep(at(folder, 'dist', part), at(folder, part))
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

/** tap builds its plugins by itself, but the run that does so still uses the old ones and fails. */
const prepareTests = () => {
  const built = at('node_modules/.longwire-tap')
  if (existsSync(built) && readFileSync(built, 'utf8') === hashOf('.taprc')) return
  run('Preparing the test runner …', process.execPath, [
    at('node_modules/tap/dist/esm/run.mjs'),
    'build',
  ])
  writeFileSync(built, hashOf('.taprc'))
}

checkNode()
installDependencies()
compile()
sweepAll()
bundle()
if (process.argv.includes('--tests')) prepareTests()
