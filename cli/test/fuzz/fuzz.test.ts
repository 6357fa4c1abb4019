import t from 'tap'
import { fuzz } from './fuzz.ts'

const SEED = Number(process.env['LONGWIRE_TEST_SEED'] ?? 1 + (Date.now() % 1e9))
const INPUTS = 200_000

t.setTimeout(300_000)
t.comment(`seed ${SEED}: repeat with LONGWIRE_TEST_SEED=${SEED}`)

t.test('no input makes a codec, a gate or a logic node fail, hang or grow', async t => {
  const { inputs, failures } = await fuzz(INPUTS, SEED, 2)
  t.same(failures, [])
  t.equal(inputs, INPUTS)
})
