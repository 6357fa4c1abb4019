import { createHash } from 'node:crypto'

/** How gates and tickets know the id of a token; 0, 0: it has none. */
export interface TokenHash {
  readonly high: number
  readonly low: number
}

const NO_TOKEN: TokenHash = { high: 0, low: 0 }

export const tokenHash = (tokenId: string): TokenHash => {
  if (tokenId === '') return NO_TOKEN
  const digest = createHash('sha256').update(tokenId).digest()
  return { high: digest.readUInt32BE(0), low: digest.readUInt32BE(4) }
}
