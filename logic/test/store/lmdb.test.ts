import t from 'tap'
import { openLmdb } from '../../src/store/lmdb.ts'
import { tableContract } from '../contract/table.ts'

let opened = 0

await t.test('the contract', contract => {
  const directory = contract.testdir()
  return tableContract(contract, {
    open: () => openLmdb(`${directory}/store.${++opened}`),
    discard: table => table.close(),
  })
})
