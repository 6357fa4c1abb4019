import { systemClock } from '@longwire/kit'
import t from 'tap'
import { kafkaBus } from '../../src/bus/kafka/bus.ts'
import { busContract } from '../contract/bus.ts'
import { silent } from '../rig.ts'

t.setTimeout(240_000)

const broker = process.env['LONGWIRE_TEST_KAFKA'] ?? ''
const skip = broker === '' ? 'LONGWIRE_TEST_KAFKA is not set (host:port)' : undefined
const open = async () =>
  kafkaBus({
    brokers: [broker],
    clientId: 'lw-test',
    clock: systemClock,
    logger: silent(),
    publishMs: 10_000,
    memberGoneMs: 3_000,
  })

t.test('the bus in Kafka', skip === undefined ? {} : { skip }, async test => {
  await busContract(test, { open, memberGoneMs: 3_000 })
})
