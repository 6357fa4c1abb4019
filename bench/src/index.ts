export { Bridge } from './bridge.ts'
export type { Outcome, Row, ScenarioOptions } from './scenario.ts'
