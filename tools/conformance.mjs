// Runs Autobahn's wstest against the gate's own WebSocket listeners, with an echo behind them.
//   node tools/conformance.mjs [--quick] [--cases LIST] [--listeners LIST] [--optional]
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const HELP = `npm run -s conformance -- [options]

Autobahn|Testsuite (wstest) against the gate's WebSocket listeners. A case passes as OK, NON-STRICT or
INFORMATIONAL.

  --quick           groups 1 to 7 and 10, about half a minute
  --cases LIST      such as 1.*,9.1.6 (all of groups 1 to 7, 9 and 10: some minutes)
  --listeners LIST  uws,ws (both)
  --optional        succeeds, and says why, where wstest cannot be installed
  --help            this text

Group 9 sends up to 16 MiB, which a gate refuses: it runs with larger limits, all else with the gate's.
`

const root = fileURLToPath(new URL('..', import.meta.url))
const services = join(root, '.ci/services/services.sh')
const echoServer = join(root, 'gate/dist/test/conformance/echo-server.js')
const SUBPROTOCOL = 'lp.v1'
const PASSES = new Set(['OK', 'NON-STRICT', 'INFORMATIONAL'])
const SMALL = ['1.*', '2.*', '3.*', '4.*', '5.*', '6.*', '7.*', '10.*']

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    cases: { type: 'string' },
    listeners: { type: 'string', default: 'uws,ws' },
    optional: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

/** The program, installed if need be; throws where it cannot be. */
const findWstest = () => {
  if (process.env.LONGWIRE_TEST_WSTEST !== undefined) return process.env.LONGWIRE_TEST_WSTEST
  const installed = spawnSync(services, ['install', 'wstest'], { encoding: 'utf8' })
  const environment = spawnSync(services, ['env'], { encoding: 'utf8' }).stdout ?? ''
  const path = environment.match(/^export LONGWIRE_TEST_WSTEST=(.*)$/m)?.[1]
  if (path !== undefined) return path
  const reason = `${installed.stdout ?? ''}${installed.stderr ?? ''}${installed.error ?? ''}`.trim()
  throw new Error(`wstest cannot be installed here:\n${reason}`)
}

const startEcho = (listener, terms) =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [echoServer, listener, terms], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    child.once('exit', code => reject(new Error(`the echo server ended with ${code}`)))
    child.stdout.once('data', line => resolve({ child, port: Number(line) }))
  })

const run = (command, args, cwd) =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', chunk => {
        output = `${output}${chunk}`.slice(-4_000)
      })
    child.on('error', reject)
    child.on('close', code =>
      code === 0 ? resolve() : reject(new Error(`${command} ended with ${code}:\n${output}`)),
    )
  })

/** What became of each case: its number, and the worse of its two verdicts. */
const runCases = async (wstest, listener, { terms, cases }) => {
  const { child, port } = await startEcho(listener, terms)
  const folder = mkdtempSync(join(tmpdir(), 'longwire-wstest-'))
  try {
    const spec = join(folder, 'spec.json')
    const url = `ws://127.0.0.1:${port}`
    const servers = [{ agent: listener, url, protocols: [SUBPROTOCOL] }]
    const none = { 'exclude-cases': [], 'exclude-agent-cases': {} }
    writeFileSync(spec, JSON.stringify({ outdir: folder, servers, cases, ...none }))
    await run(wstest, [spec], folder)
    const report = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8'))[listener] ?? {}
    return Object.entries(report).map(([id, { behavior, behaviorClose }]) => ({
      id,
      verdict:
        PASSES.has(behavior) && !PASSES.has(behaviorClose) ? `close ${behaviorClose}` : behavior,
    }))
  } finally {
    child.removeAllListeners('exit')
    child.stdin.end()
    rmSync(folder, { recursive: true, force: true })
  }
}

const chosenCases = () => {
  if (values.cases !== undefined) return values.cases.split(',')
  return values.quick ? SMALL : [...SMALL, '9.*']
}

const main = async () => {
  if (values.help) {
    process.stdout.write(HELP)
    return
  }
  const chosen = chosenCases()
  const isLarge = pattern => /^9\b/.test(pattern)
  const parts = [
    { terms: 'gate', cases: chosen.filter(pattern => !isLarge(pattern)) },
    { terms: 'large', cases: chosen.filter(isLarge) },
  ].filter(({ cases }) => cases.length > 0)
  let wstest
  try {
    wstest = findWstest()
  } catch (error) {
    if (!values.optional) throw error
    console.log(`NOT RUN: ${error.message}`)
    return
  }
  for (const listener of values.listeners.split(',')) {
    const begun = performance.now()
    const results = []
    for (const part of parts) results.push(...(await runCases(wstest, listener, part)))
    const failed = results.filter(({ verdict }) => !PASSES.has(verdict))
    const count = verdict => results.filter(result => result.verdict === verdict).length
    const seconds = ((performance.now() - begun) / 1000).toFixed(0)
    console.log(
      `${listener}: ${results.length} cases, ${count('OK')} OK, ${count('NON-STRICT')} non-strict, ${count('INFORMATIONAL')} informational, ${failed.length} failed, ${seconds} s`,
    )
    for (const { id, verdict } of failed) console.log(`  ${id} ${verdict}`)
    if (results.length === 0) console.log('  no such cases')
    if (failed.length > 0 || results.length === 0) process.exitCode = 1
  }
}

await main().catch(error => {
  console.error(error.message)
  process.exitCode = 1
})
