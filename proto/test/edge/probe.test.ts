import t from 'tap'
import {
  decodeProbeAck,
  encodeProbe,
  encodeProbeAck,
  isProbe,
  PROBE_BYTES,
  probeNonce,
} from '@longwire/proto'
import { bytesOf, edgeVectors, hexOf } from '../fixtures.ts'

const { probes, notProbes } = edgeVectors()

t.test('every golden probe and its answer are written and read as written down', async t => {
  for (const { name, hex, nonce, appcode, ackHex, ack } of probes) {
    const probe = encodeProbe(bytesOf(nonce), appcode)
    t.equal(hexOf(probe), hex, name)
    t.ok(isProbe(probe))
    t.equal(hexOf(probeNonce(probe)), nonce)
    t.equal(hexOf(encodeProbeAck(bytesOf(nonce), ack)), ackHex)
    t.strictSame(decodeProbeAck(bytesOf(ackHex), bytesOf(nonce)), ack)
    t.equal(bytesOf(ackHex).length, bytesOf(hex).length, 'an answer is no larger than its probe')
  }
})

t.test('what is no probe is told from one', async t => {
  for (const { name, hex } of notProbes) t.notOk(isProbe(bytesOf(hex)), name)
})

t.test('an answer to another nonce, or of another size, is none', async t => {
  const [{ ackHex, nonce } = { ackHex: '', nonce: '' }] = probes
  const ack = bytesOf(ackHex)
  t.equal(decodeProbeAck(ack.subarray(0, PROBE_BYTES - 1), bytesOf(nonce)), undefined)
  t.equal(decodeProbeAck(Buffer.concat([ack, Buffer.alloc(1)]), bytesOf(nonce)), undefined)
  for (let at = 0; at < 8; at++) {
    const other = Buffer.from(bytesOf(nonce))
    other[at] = other[at]! ^ 1
    t.equal(decodeProbeAck(ack, other), undefined)
  }
})
