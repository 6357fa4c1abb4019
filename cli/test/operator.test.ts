import { join } from 'node:path'
import t from 'tap'
import { startAll } from '../src/compose/all.ts'
import { run, silent, trialConfig, type Ran } from './support.ts'

t.setTimeout(120_000)

/** One server for all of these. */
const running = startAll(trialConfig(t.testdir()), silent)
t.teardown(async () => (await running).stop())

const cli = async (...args: readonly string[]): Promise<Ran> => {
  const { addresses, dev } = await running
  return run([...args, '--url', addresses.http ?? '', '--key', dev?.key ?? ''])
}

const PLAN = `name: gate-2
new: { version: '2.0' }
stages:
  - { share: 1%, hold: 30m }
  - { share: 100%, hold: 1h }
`

t.test('a release is looked at, begun, paused, resumed, aborted and found again', async t => {
  const plan = join(t.testdir({ 'plan.yaml': PLAN }), 'plan.yaml')
  t.match(await cli('release', 'status'), { code: 1, err: /no release runs/ })
  const dry = await cli('release', 'start', plan, '--dry-run')
  t.match(dry, {
    code: 0,
    out: /the release waits for one\nstage 1 of 2: 1 %: about 0 of 0 sessions/,
  })
  t.match(await cli('operations'), { code: 0, out: /there has been no operation/ })
  const begun = await cli('release', 'start', plan, '--json', '--idempotency-key', 'once')
  const { id } = JSON.parse(begun.out) as { id: string }
  const again = await cli('release', 'start', plan, '--json', '--idempotency-key', 'once')
  t.match(JSON.parse(again.out), { id, state: 'running', phase: 'waiting, stage 1 of 2: 1 %' })
  const second = await cli('release', 'start', plan)
  t.match(second, { code: 1, err: new RegExp(`GATE_TAKEN: operation ${id} is under way`) })
  t.match(await cli('release', 'pause', '--reason', 'lunch'), { code: 0, out: / paused / })
  t.match(await cli('release', 'resume'), { code: 0, out: / running / })
  t.match(await cli('release', 'promote'), { code: 1, err: /NOT_NOW: no new gate lives/ })
  t.match(await cli('release', 'status'), { code: 0, out: /begun \d{4}-.* by dev/ })
  // Nobody is on a new gate, for there is none: it is over as soon as that was looked at.
  await cli('release', 'abort', '--reason', 'not today')
  const watched = await cli('operations', id, '--watch')
  t.match(watched, { code: 3, err: /release .* aborted: not today/, out: /aborted/ })
  t.match(await cli('operations', '--limit', '1'), { out: new RegExp(`^release ${id} aborted`) })
  const log = await cli('audit', '--operation', id)
  t.match(
    log.out,
    /dev: begins: release gate-2 in 2 stages[^]*dev: pause: lunch[^]*dev: abort: not today/,
  )
  const line = (await cli('audit', '--limit', '1', '--json')).out
  t.match(JSON.parse(line), { operation: id, kind: 'release' })
})

t.test('what is wrong with a plan is said by its line', async t => {
  const bad = PLAN.replace('hold: 1h', 'hold: long').replace('share: 1%', 'share: 1')
  const dir = t.testdir({
    'bad.yaml': bad,
    'shrinks.yaml': PLAN.replace('share: 1%', 'share: 100%').replace(
      'share: 100%, hold: 1h',
      'share: 1%, hold: 1h',
    ),
    'none.yaml': PLAN.replace("version: '2.0'", ''),
  })
  const tell = async (name: string): Promise<string> => {
    const { code, err } = await cli('release', 'start', join(dir, name))
    t.equal(code, 2)
    return err
  }
  t.match(await tell('bad.yaml'), /stages\.0\.share .*bad\.yaml:4[^]*stages\.1\.hold .*bad\.yaml:5/)
  t.match(
    await tell('shrinks.yaml'),
    /stages\.1\.share is 1 %, less than the stage before \(.*:5\)/,
  )
  t.match(await tell('none.yaml'), /new names no gates \(.*:2\)\n +→ say new\.version, new\.gates/)
  t.match(await cli('release', 'start', join(dir, 'missing.yaml')), {
    code: 2,
    err: /does not exist/,
  })
})

t.test('gates that cannot be emptied or evened out are said to be so', async t => {
  const { out } = await cli('gates', '--json')
  const { name, version } = JSON.parse(out) as { name: string; version: string }
  t.match(version, /^\d+\.\d+\.\d+$/)
  t.match(await cli('drain', name), { code: 1, err: /no other gate lives/ })
  t.match(await cli('gate', 'drain', 'nobody'), {
    code: 1,
    err: /"nobody" is no gate that lives; use one of/,
  })
  t.match(await cli('rebalance', 'auto'), { code: 1, err: /fewer than two gates/ })
  t.match(await cli('rebalance', 'some'), { code: 2, err: /say auto/ })
  t.match(await cli('rebalance', '--from', name, '--to', name, '--share', '5%'), {
    code: 1,
    err: /name others/,
  })
  t.match(await cli('drain', name, '--deadline', 'soon'), { code: 2, err: /such as 90s, 10m, 1h/ })
  t.match(await cli('rebalance', '--buckets', '5'), { code: 2, err: /such as 0-2500/ })
  t.match(await cli('operations', 'abort', '0123456789abcdef'), {
    code: 1,
    err: /there is no operation/,
  })
})
