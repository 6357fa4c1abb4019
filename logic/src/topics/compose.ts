import { createLog } from '../log/create-log.ts'
import type { Log } from '../log/log.ts'
import type { Apps } from '../login/apps.ts'
import type { LogicLimits } from '../limits.ts'
import type { LogicOptions } from '../options.ts'
import type { Intake } from '../paths/intake.ts'
import type { IdSource } from '../paths/s2c.ts'
import type { Route } from '../routes/route-table.ts'
import type { Routes } from '../routes/routes.ts'
import { Grants } from './grants.ts'
import { Members } from './members.ts'
import { Namespaces } from './namespaces.ts'
import { TOPIC_LOGS, topicLimits, Topics } from './topics.ts'
import { Watchers } from './watchers.ts'

const PER_SESSION = 128

export interface TopicSide {
  readonly topics: Topics
  readonly members: Members
  readonly namespaces: Namespaces
  readonly log: Log
}

/** Everything about topics. Throws where the options make no sense. */
export const composeTopics = (
  options: LogicOptions,
  parts: {
    readonly limits: LogicLimits
    readonly apps: Apps
    readonly ids: IdSource
    readonly routes: Routes
    /** What is made behind it. */
    readonly later: {
      readonly intake: () => Intake
      readonly trunk: () => { renewTopics(route: Route): void }
    }
  },
): TopicSide => {
  const { table, clock, random, log: logger, metrics, topics: wanted } = options
  const { namespaces: configured = [], perSession = PER_SESSION } = wanted ?? {}
  const namespaces = new Namespaces({ table, clock, logger, configured })
  const { graceMs } = parts.limits
  const limits = topicLimits(namespaces)
  const log = createLog({ table, clock, random, limits, place: TOPIC_LOGS, graceMs })
  const watchers = new Watchers()
  const grants = new Grants(table, clock)
  const shared = { clock, metrics, log, namespaces, watchers, grants, perSession }
  const { intake, trunk } = parts.later
  const renew = (route: Route): void => trunk().renewTopics(route)
  const topics = new Topics({ ...parts, ...shared, intake, renew })
  return { topics, members: new Members({ clock, watchers }), namespaces, log }
}
