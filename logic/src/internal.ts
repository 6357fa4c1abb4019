/** For simulations, which put bugs in. */
export { Mailbox } from './log/mailbox.ts'
export { goneTo } from './log/rows.ts'
