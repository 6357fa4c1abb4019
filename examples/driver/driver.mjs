// A driver's phone: its position once a second as a stream, of which some may be lost, and an order that must not be.
import { createClient, fileOutbox } from '@longwire/client/node'

const {
  LONGWIRE_URL = 'tcp://127.0.0.1:7001',
  LONGWIRE_TOKEN = '',
  OUTBOX = './driver.outbox',
} = process.env
const seconds = Number(process.argv[2] ?? 10)

const client = createClient({
  urls: [LONGWIRE_URL],
  appcode: 1,
  uid: 'driver-1',
  device: 'phone',
  token: LONGWIRE_TOKEN,
  outbox: fileOutbox(OUTBOX),
})
await client.connect()

let at = { lat: 52.52, lon: 13.405 }
let sent = 0
for (let second = 0; second < seconds; second++) {
  at = { lat: at.lat + 0.0001, lon: at.lon + 0.0002 }
  if (client.stream({ msgtype: 9, body: JSON.stringify({ ...at, at: Date.now() }) })) sent++
  await new Promise(resolve => setTimeout(resolve, 1_000))
}
const { msgid } = await client.send({ msgtype: 7, body: JSON.stringify({ picked: 'up' }) })
process.stdout.write(`${sent} positions, and an order that is stored as ${msgid}\n`)
await client.close()
