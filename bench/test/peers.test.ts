import t from 'tap'
import { FORMATS } from '../src/peers/formats.ts'
import { connectPacket, PacketReader, publishPacket } from '../src/peers/mqtt-packets.ts'

t.test('the computed sizes of MQTT are those of its packets', async t => {
  const mqtt = FORMATS[0]!
  t.equal(mqtt.deliver, publishPacket('12345678', 1, Buffer.alloc(100)).length)
  // Without user name and token, with the client id as the device.
  t.equal(connectPacket('mobile-device-01').length, 30)
})

t.test('MQTT packets are cut from a stream that is split anywhere', async t => {
  const stream = Buffer.concat([
    publishPacket('a', 7, Buffer.alloc(300, 1)),
    Buffer.from([0xd0, 0]),
    publishPacket('b', 8, Buffer.from('z')),
  ])
  for (let cut = 0; cut <= stream.length; cut++) {
    const seen: string[] = []
    const reader = new PacketReader()
    for (const part of [stream.subarray(0, cut), stream.subarray(cut)]) {
      reader.push(
        Buffer.from(part),
        (first, _bytes, start, end) => void seen.push(`${first >> 4}:${end - start}`),
      )
    }
    t.same(seen, ['3:305', '13:0', '3:6'], { diagnostic: false })
  }
})
