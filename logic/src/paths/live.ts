import type { Appended } from '../log/log.ts'
import type { Route, UserKey } from '../routes/route-table.ts'
import type { Routes } from '../routes/routes.ts'
import type { LiveMessage } from '../trunk/trunk.ts'
import { holdOfDraft, type Draft } from './draft.ts'

export interface LiveParts {
  readonly routes: Routes
  readonly sink: { live(route: Route, message: LiveMessage): boolean }
  readonly ids: { msgid(): string; logid(): string }
}

/** What was published; `sessions`: only of what is never stored, to how many it was handed on. */
export type Published = Pick<Appended, 'msgid' | 'seq' | 'logid' | 'repeated'> & {
  readonly sessions?: number
}

/**
 * Hands a message on to the sessions that a user has now. Nothing of it is kept: who is not there does not
 * get it, and a gate or a connection that breaks takes it along.
 */
export const handOn = async (
  { routes, sink, ids }: LiveParts,
  user: UserKey,
  draft: Draft,
): Promise<Published> => {
  const [msgid, logid] = [ids.msgid(), ids.logid()]
  const message: LiveMessage = {
    appcode: draft.allEnds ? 0 : draft.appcode,
    msgtype: draft.msgtype,
    content: draft.content,
    logidHigh: Number.parseInt(logid.slice(0, 8), 16),
    logidLow: Number.parseInt(logid.slice(8), 16),
    hold: holdOfDraft(draft),
  }
  const [found = []] = await routes.lookup([user])
  const meant = found.filter(route => draft.allEnds || route.appcode === draft.appcode)
  const sessions = meant.filter(route => sink.live(route, message)).length
  return { msgid, seq: 0, logid, repeated: false, sessions }
}
