import t from 'tap'
import { logContract } from '../contract/log.ts'
import { memoryWorld } from './harness.ts'

await t.test('the log in memory', test => logContract(test, memoryWorld()))
