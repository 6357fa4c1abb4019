import { cpus, loadavg, totalmem } from 'node:os'

/** The machine and how busy it was: figures mean little without. */
export const machineNote = (): string =>
  `${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}, load ${loadavg()[0]?.toFixed(1)}; server and load client share the machine.`
