// Says whether all is well: `npm run ok`. Every step is named and timed; one that fails shows its output.
//   node tools/ok.mjs [--no-test] [STEP...]
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const bin = name => join(root, 'node_modules/.bin', name)
const noTest = process.argv.includes('--no-test')
const wanted = process.argv.slice(2).filter(argument => !argument.startsWith('--'))

/** Runs a program to its end and gathers what it says. */
const run = (command, args) =>
  new Promise(resolve => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, FORCE_COLOR: '0' },
    })
    let output = ''
    let stdout = ''
    child.stdout.setEncoding('utf8').on('data', text => {
      stdout += text
      output += text
    })
    child.stderr.setEncoding('utf8').on('data', text => {
      output += text
    })
    child.on('error', error => resolve({ ok: false, output: String(error), stdout }))
    child.on('close', code => resolve({ ok: code === 0, output, stdout }))
  })

const node = (...args) => run(process.execPath, args)

/** Findings fail; a registry that offers no audit does not. */
const audit = async () => {
  const { stdout, output } = await run('npm', ['audit', '--json'])
  const report = JSON.parse(stdout.slice(stdout.indexOf('{')) || '{}')
  const total = report.metadata?.vulnerabilities?.total
  if (total === 0) return { ok: true, output, note: 'nothing known' }
  if (total > 0) return { ok: false, output }
  const unavailable =
    /\b(405|404|501)\b|endpoint|ENOAUDIT|not (available|implemented|allowed)/i.test(output)
  return { ok: unavailable, output, note: 'this registry offers no audit' }
}

/** The last summary of tap, and the failures. Suites without their service are skipped: CI sees to those. */
const tests = async () => {
  const { ok, stdout, output } = await run(bin('tap'), ['run', '--reporter=tap'])
  const summary = stdout.match(/^# \{.*\}$/gm)?.at(-1) ?? ''
  const count = name => Number(summary.match(new RegExp(`\\b${name}: (\\d+)`))?.[1] ?? 0)
  const [passed, failed, skipped] = [count('pass'), count('fail'), count('skip')]
  const shown = failed > 0 ? failures(stdout) : output.slice(-4_000)
  return {
    ok: ok && passed > 0,
    output: shown,
    passed,
    failed: ok ? 0 : Math.max(failed, 1),
    note: `${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`,
  }
}

/** Only the failed points of a TAP stream, with their diagnostics. */
const failures = tap => {
  const lines = tap.split('\n')
  const shown = []
  lines.forEach((line, index) => {
    if (!/^\s*not ok /.test(line)) return
    shown.push(line.trim())
    for (let next = index + 1; next < lines.length && next < index + 60; next++) {
      shown.push(lines[next])
      if (/^\s*\.\.\.$/.test(lines[next])) break
    }
  })
  return `${shown.join('\n')}\n`
}

const steps = {
  build: () => node('tools/setup.mjs', '--quiet', '--no-install', '--tests'),
  lint: () => run(bin('oxlint'), ['--type-aware', '--deny-warnings']),
  format: () => run(bin('oxfmt'), ['--check', '.']),
  'dead code': () => run(bin('knip'), ['--no-progress']),
  tidy: () => node('tools/tidy.mjs'),
  audit,
  ...(noTest ? {} : { tests }),
}

const total = { passed: 0, failed: 0 }
const chosen = wanted.length === 0 ? Object.keys(steps) : wanted
for (const name of chosen) {
  if (steps[name] === undefined) {
    console.error(`there is no step "${name}"; steps: ${Object.keys(steps).join(', ')}`)
    process.exit(2)
  }
  const started = performance.now()
  const result = await steps[name]()
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  if (!result.ok) process.stdout.write(`${result.output.trimEnd()}\n`)
  console.log(
    `${result.ok ? 'ok    ' : 'FAILED'} ${name.padEnd(10)} ${seconds.padStart(6)} s${result.note === undefined ? '' : `  ${result.note}`}`,
  )
  total.passed += result.passed ?? (result.ok ? 1 : 0)
  total.failed += result.failed ?? (result.ok ? 0 : 1)
  if (name === 'build' && !result.ok) break
}
console.log(`${total.passed} passed, ${total.failed} failed`)
process.exitCode = total.failed === 0 ? 0 : 1
