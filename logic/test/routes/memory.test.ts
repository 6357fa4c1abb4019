import { VirtualClock } from '@longwire/kit'
import t from 'tap'
import { setTimeout as sleep } from 'node:timers/promises'
import { memoryRoutes, type MemoryRouteTable } from '../../src/routes/memory.ts'
import { DIAL_KEEP_MS, type RouteTable } from '../../src/routes/route-table.ts'
import { routesContract } from '../contract/routes.ts'
import { ALL_LIVE, oldest, route } from '../contract/routes-lasting.ts'

t.test('what dials were late is forgotten after a while', async t => {
  const clock = new VirtualClock(1_700_000_000_000)
  const table = memoryRoutes(clock)
  const late = async (): Promise<boolean> =>
    !(await table.bind(route({ dial: 4 }), oldest(1), ALL_LIVE)).bound
  await table.unbind(route(), (await table.bind(route({ dial: 5 }), oldest(1), ALL_LIVE)).fence)
  clock.advance(DIAL_KEEP_MS)
  t.ok(await late())
  clock.advance(2 * DIAL_KEEP_MS)
  await table.bind(route({ device: 'b' }), oldest(1), ALL_LIVE)
  await table.bind(route({ device: 'c' }), oldest(1), ALL_LIVE)
  t.notOk(await late())
})

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
