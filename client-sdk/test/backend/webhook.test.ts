import { createHmac } from 'node:crypto'
import t from 'tap'
import { verifyWebhook } from '../../src/backend/index.ts'

const SECRET = 'webhook-secret-0123'
const NOW = 1_700_000_000
const BODY = JSON.stringify({ webhook: 'crm', events: [{ kind: 'online', seq: 1, uid: 'ann' }] })

const sign = (time: number, body: string, secret = SECRET): string =>
  createHmac('sha256', secret).update(`${time}.${body}`).digest('hex')
const good = `t=${NOW},v1=${sign(NOW, BODY)}`
const proof = { secret: SECRET, signature: good, body: BODY, nowMs: NOW * 1_000 }

t.test('a delivery is known by its signature', async t => {
  t.match(verifyWebhook(proof), { webhook: 'crm', events: [{ uid: 'ann' }] })
  t.ok(verifyWebhook({ ...proof, body: Buffer.from(BODY), nowMs: (NOW + 299) * 1_000 }))
  t.ok(verifyWebhook({ ...proof, secret: ['new-secret', SECRET] }), 'while a secret is changed')
  t.ok(
    verifyWebhook({ ...proof, signature: `t=${NOW},v1=${'0'.repeat(64)},v1=${sign(NOW, BODY)}` }),
  )
})

t.test('anything else is refused', async t => {
  const wrong: Record<string, Partial<typeof proof> | { signature: undefined }> = {
    'no header': { signature: undefined },
    'another form': { signature: 'sha256=abc' },
    'another body': { body: `${BODY} ` },
    'another secret': { secret: 'webhook-secret-9999' },
    'another time': { signature: good.replace(`t=${NOW}`, `t=${NOW + 1}`) },
    'too old': { nowMs: (NOW + 301) * 1_000 },
    'too early': { nowMs: (NOW - 301) * 1_000 },
    'no time': { signature: `v1=${sign(NOW, BODY)}` },
    'no delivery': { body: '[]', signature: `t=${NOW},v1=${sign(NOW, '[]')}` },
  }
  for (const [name, change] of Object.entries(wrong))
    t.throws(() => verifyWebhook({ ...proof, ...change }), { code: 'UNVERIFIED' }, name)
})
