import { createHmac } from 'node:crypto'

const base64url = (text: string): string => Buffer.from(text).toString('base64url')

const HEADER = base64url(JSON.stringify({ alg: 'HS256', typ: 'JWT' }))
const LIFETIME_SECONDS = 6 * 3600

/** A token (HS256) that lets `uid` log in. */
export const signToken = (secret: string, uid: string): string => {
  const now = Math.floor(Date.now() / 1000)
  const claims = base64url(JSON.stringify({ sub: uid, iat: now, exp: now + LIFETIME_SECONDS }))
  const signed = `${HEADER}.${claims}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}
