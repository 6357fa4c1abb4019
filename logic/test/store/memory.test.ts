import { systemClock } from '@longwire/kit'
import t from 'tap'
import { memoryTable } from '../../src/store/memory.ts'
import { tableContract } from '../contract/table.ts'

await t.test('the contract', contract =>
  tableContract(contract, {
    open: async () => memoryTable({ clock: systemClock }),
    discard: table => table.close(),
  }),
)
