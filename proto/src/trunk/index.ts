export * from './frame.ts'
export * from './lists.ts'
export * from './publish.ts'
export { trunk as trunkBody } from '#schema/trunk'
