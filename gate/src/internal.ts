/** Door for simulations inside this repository. */
export { Delivery } from './delivery.ts'
export { SLOW_BYTES } from './listeners/listener.ts'
export { Trunk } from './trunk/trunk.ts'
export { Announcer } from './trunk/announcer.ts'
/** For how long the answer to a probe is held. */
export { hardDelay, isFull, probeDelay, type Pressure } from './probes/delay.ts'
/** Who is let in, and over how long those spread who lost a gate. */
export { AcceptQueue } from './admission/accept-queue.ts'
export { reconnectWindow } from './reconnect-window.ts'
