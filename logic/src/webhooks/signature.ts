import { createHmac } from 'node:crypto'

/**
 * `t=<seconds since 1970>,v1=<hex>`: HMAC-SHA256 with the webhook's secret over `<t>.<body>`. The time
 * is part of what is signed, so an old delivery cannot be played again later.
 */
export const signatureOf = (secret: string, nowMs: number, body: Buffer): string => {
  const time = Math.floor(nowMs / 1_000)
  const mac = createHmac('sha256', secret).update(`${time}.`).update(body).digest('hex')
  return `t=${time},v1=${mac}`
}
