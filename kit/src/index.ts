export { AddressKey } from './address-key.ts'
export { blockList, within } from './cidr.ts'
export * from './clock.ts'
export * from './link.ts'
export { memoryLinks } from './link-memory.ts'
export { tcpDial, tcpLinkServer } from './link-tcp.ts'
export { FileReserve, openFilesMax } from './open-files.ts'
export * from './registry.ts'
export { createLogger, type LogOptions, type Logger } from './log.ts'
export {
  createMetrics,
  type Counter,
  type Histogram,
  type Metrics,
  type MetricsOptions,
} from './metrics.ts'
export { gateMark, Tickets, type Ticket, type TicketHolder } from './ticket.ts'
export { readinessOf, type Cause, type PartHealth, type Readiness } from './health.ts'
export { Admission, LOAD_FULL, type AdmissionLimits } from './admission.ts'
export { LoopMeter, NO_LOOP_DELAY, type LoopDelay } from './loop-delay.ts'
export { loopUse, type LoopUse } from './loop-use.ts'
export { ListenBacklog, listenOverflows, type ListenBacklogOptions } from './listen-backlog.ts'
export {
  openRedis,
  redisScript,
  type RedisArgument,
  type RedisClient,
  type RedisNode,
  type RedisOptions,
  type RedisScript,
} from './redis.ts'
export { checkedRedis } from './redis-checked.ts'
export { memoryRegistry } from './registry-memory.ts'
export { redisRegistry } from './registry-redis.ts'
export { readConfigFile, type ConfigFile } from './config/file.ts'
export { describe, printable, type ConfigRow } from './config/describe.ts'
export { loadConfig, type ConfigSources, type LoadedConfig } from './config/load.ts'
export { ConfigError, type ConfigProblem } from './config/problem.ts'
export { choice, section } from './config/schema.ts'
export { tidyHeapWhenQuiet, type HeapOptions } from './heap.ts'
