import type { Clock } from './clock.ts'
import { nodeId, type NodeInfo, type Registry } from './registry.ts'

interface Lease {
  readonly node: NodeInfo
  /** On the monotonic clock. */
  readonly untilMs: number
}

/** The nodes of one process, or of one test. */
export const memoryRegistry = (clock: Clock): Registry => {
  const leases = new Map<string, Lease>()
  const key = (node: NodeInfo): string => `${node.role}/${nodeId(node)}`
  return {
    async announce(node, leaseMs) {
      leases.set(key(node), { node, untilMs: clock.monotonic() + leaseMs })
    },
    async withdraw(node) {
      leases.delete(key(node))
    },
    async list(role) {
      const now = clock.monotonic()
      for (const [name, lease] of leases) if (lease.untilMs <= now) leases.delete(name)
      return [...leases.values()].map(lease => lease.node).filter(node => node.role === role)
    },
    async close() {
      leases.clear()
    },
  }
}
