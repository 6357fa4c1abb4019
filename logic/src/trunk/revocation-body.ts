import { trunkBody } from '@longwire/proto/trunk'
import type { Apps } from '../login/apps.ts'
import type { Revocation } from '../login/revocation-feed.ts'
import { tokenHash } from '../login/token-hash.ts'

/** With the longest uid and reason each this stays far below a trunk body. */
const PER_FRAME = 1_000

/** The bodies of REVOKE frames that tell of these revocations, or that they were lifted. */
export const revocationBodies = (
  apps: Apps,
  revocations: readonly Revocation[],
  lifted: boolean,
): Uint8Array[] => {
  const bodies: Uint8Array[] = []
  for (let at = 0; at < revocations.length; at += PER_FRAME) {
    const some = revocations.slice(at, at + PER_FRAME).map(each => wireOf(apps, each, lifted))
    bodies.push(trunkBody.Revocations.encode({ revocations: some }).finish())
  }
  return bodies
}

const wireOf = (
  apps: Apps,
  { seq, system, uid, appcode, tokenId, issuedBefore, reason }: Revocation,
  lifted: boolean,
): trunkBody.Revocation.$Properties => {
  const { high, low } = tokenHash(tokenId)
  return {
    id: seq,
    uid,
    appcodes: uid === '' ? [] : appcode === 0 ? [...apps.ofSystem(system)] : [appcode],
    issuedBefore,
    tokenHigh: high,
    tokenLow: low,
    message: reason,
    lifted,
  }
}
