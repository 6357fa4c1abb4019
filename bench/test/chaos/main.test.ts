import t from 'tap'
import { commandOf } from '../run-main.ts'
import { FAULTS } from '../../src/chaos/faults.ts'

// Each call is a process of its own, on a machine that may be busy.
t.setTimeout(300_000)
const run = commandOf('chaos/main.js')

t.test('--help lists every fault', { timeout: 300_000 }, async t => {
  const { code, out } = await run('--help')
  t.equal(code, 0)
  for (const name of Object.keys(FAULTS)) t.match(out, new RegExp(`^  ${name} +\\w`, 'm'))
})

t.test('what cannot be played is refused before anything starts', { timeout: 300_000 }, async t => {
  t.match(await run('--only', 'nope'), { code: 1, err: /no fault "nope" on lmdb; there are / })
  t.match(await run('--only', 'store-kill'), { code: 1, err: /no fault "store-kill" on lmdb/ })
  t.match(await run('--store', 'paper'), { code: 1, err: /there is no "paper"; there are lmdb/ })
  t.match(await run('--rounds', '0'), { code: 1, err: /--rounds: "0" is no whole number above 0/ })
})
