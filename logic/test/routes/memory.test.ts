import t from 'tap'
import { setTimeout as sleep } from 'node:timers/promises'
import { memoryRoutes, type MemoryRouteTable } from '../../src/routes/memory.ts'
import type { RouteTable } from '../../src/routes/route-table.ts'
import { routesContract } from '../contract/routes.ts'

const made = new Map<RouteTable, MemoryRouteTable>()

routesContract(t, {
  make() {
    const table = memoryRoutes()
    made.set(table, table)
    return table
  },
  async lose(table) {
    made.get(table)!.lose()
  },
  elapse: ms => sleep(ms),
})
