import t from 'tap'
import { openMongo } from '../../src/store/mongo.ts'
import { TableUnavailable } from '../../src/store/table.ts'
import { tableContract } from '../contract/table.ts'
import { mongoServers } from './mongo-servers.ts'

for (const { name, url, ordersAstral, skip } of mongoServers) {
  await t.test(`the contract on ${name}`, skip === undefined ? {} : { skip }, async contract => {
    const database = `lw_table_${process.pid}_${name.toLowerCase()}`
    const first = await openMongo(url, { database })
    contract.teardown(async () => {
      await first.drop()
      await first.close()
    })
    await tableContract(contract, {
      open: () => openMongo(url, { database }),
      ordersAstral,
      discard: table => table.close(),
    })
  })
}

await t.test('no server there: a clear word, soon', async away => {
  await away.rejects(openMongo('mongodb://127.0.0.1:1/x', { timeoutMs: 200 }), TableUnavailable)
  await away.rejects(openMongo('not a url'), TableUnavailable)
})
