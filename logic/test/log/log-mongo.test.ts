import t from 'tap'
import { openMongo } from '../../src/store/mongo.ts'
import { logContract } from '../contract/log.ts'
import { mongoServers } from '../store/mongo-servers.ts'
import { realWorld } from './harness.ts'

t.setTimeout(120_000)

for (const { name, url, skip } of mongoServers) {
  await t.test(`the log on ${name}`, skip === undefined ? {} : { skip }, async test => {
    const table = await openMongo(url, { database: `lw_log_${process.pid}_${name.toLowerCase()}` })
    test.teardown(async () => {
      await table.drop()
      await table.close()
    })
    await logContract(test, realWorld(table))
  })
}
