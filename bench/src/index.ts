export { Bridge } from './bridge.ts'
export type { Outcome, Row, ScenarioOptions } from './scenario.ts'
export { DelayedPath, type DelayedPathOptions } from './load/delayed-path.ts'
