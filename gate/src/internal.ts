/** Door for simulations inside this repository: the delivery core without its sockets. */
export { Delivery, type DeliveryOutput, type Hint, type Page } from './delivery.ts'
export { GATE_LIMITS } from './limits.ts'
export { MODE, SessionTable, STATE } from './session-table.ts'
