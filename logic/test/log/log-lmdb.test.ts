import t from 'tap'
import { openLmdb } from '../../src/store/lmdb.ts'
import { logContract } from '../contract/log.ts'
import { realWorld } from './harness.ts'

await t.test('the log on LMDB', async test => {
  const table = await openLmdb(test.testdir())
  test.teardown(() => table.close())
  await logContract(test, realWorld(table))
})
