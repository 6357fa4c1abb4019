/** Door for simulations inside this repository. */
export { Delivery } from './delivery.ts'
export { SLOW_BYTES } from './listeners/listener.ts'
export { Trunk } from './trunk/trunk.ts'
export { Announcer } from './trunk/announcer.ts'
