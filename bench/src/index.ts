export type { Outcome, Row, ScenarioOptions } from './scenario.ts'
