/** For simulations, which put bugs in. */
export { Mailbox } from './log/mailbox.ts'
