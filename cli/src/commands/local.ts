import { createHash } from 'node:crypto'
import { signToken } from '@longwire/logic'
import { readDevKeys, type DevKeys } from '../dev-keys.ts'
import { EXIT, Failure } from '../failure.ts'
import { readRunFile, type RunFile } from '../run-file.ts'
import { loadSettings, type CommonOptions } from '../settings.ts'
import type { Shell } from '../shell.ts'

/** What the commands know of a Longwire on this machine, so that they need no flags. */
export interface Local {
  readonly data: string
  readonly run: RunFile | undefined
  readonly keys: DevKeys | undefined
  /** Makes tokens for a client that logs in as `uid`; throws here where there is no key for that. */
  tokens(uid: string, ttlSeconds: number, tokenId?: string): () => Promise<string>
  missing(what: string, flag: string): Failure
  notRunning(): Failure
}

export const findLocal = ({ env }: Shell, options: CommonOptions): Local => {
  const { config } = loadSettings(options, env)
  const { data, auth } = config
  const run = readRunFile(data)
  const keys = readDevKeys(data)
  const missing = (what: string, flag: string): Failure => {
    const reason =
      run === undefined
        ? `no Longwire runs with the data in ${data}`
        : `the Longwire of ${data} offers none`
    return new Failure(
      `${what} is not known: ${reason}\n  → start one with npm start, name its directory with --data, or say ${flag}`,
      EXIT.usage,
    )
  }
  return {
    data,
    run,
    keys,
    missing,
    notRunning: () =>
      new Failure(
        `the Longwire of ${data} does not answer at ${run?.http ?? '?'}\n  → start it with npm start`,
      ),
    tokens(uid, ttlSeconds, tokenId) {
      if (ttlSeconds > auth.maxTokenSeconds)
        throw new Failure(
          `a token of ${ttlSeconds} seconds would be refused: auth.maxTokenSeconds is ${auth.maxTokenSeconds}\n  → ask for less`,
          EXIT.usage,
        )
      const secret = auth.secret ?? (auth.kind === 'dev' ? keys?.secret : undefined)
      if (secret === undefined) throw missing('a key to sign tokens', '--token')
      const { issuer, audience } = auth
      return () =>
        signToken(secret, { uid, ttlSeconds, nowMs: Date.now(), issuer, audience, tokenId })
    },
  }
}

/** A name for the files of a uid, whatever characters it has. */
export const fileNameOf = (uid: string, device: string): string =>
  /^[\w.-]{1,64}$/.test(`${uid}${device}`)
    ? `${uid}-${device}`
    : createHash('sha256').update(`${uid}\n${device}`).digest('hex').slice(0, 32)
