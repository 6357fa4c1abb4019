import t from 'tap'
import { memoryRoutes } from '../../src/routes/memory.ts'
import type { NewRoute, SessionRule } from '../../src/routes/route-table.ts'
import { Routes, type RoutesChange } from '../../src/routes/routes.ts'

const route = (over: Partial<NewRoute> = {}): NewRoute => ({
  system: 'shop',
  uid: 'ann',
  appcode: 1,
  device: 'phone',
  gate: 'gate-1@a',
  slot: 7,
  generation: 3,
  dial: 1,
  ...over,
})

const ONE: SessionRule = { sessions: 1, full: 'oldest', rivals: [] }

t.test('who listens hears what each write changed, and nothing of one that did not', async t => {
  const routes = new Routes(memoryRoutes(), async () => () => true)
  const heard: string[] = []
  routes.onRoutesChanged(({ cause, user, came, left }: RoutesChange) => {
    const names = (list: RoutesChange['came']): string =>
      list.map(({ device, gate }) => `${device}/${gate}`).join()
    heard.push(`${cause} ${user.uid} +${names(came)} -${names(left)}`)
  })
  const first = await routes.bind(route({ dial: 5 }), ONE)
  await routes.bind(route({ dial: 4 }), ONE)
  await routes.bind(route({ dial: 6, gate: 'gate-2@b' }), ONE)
  const tablet = await routes.bind(route({ device: 'tablet' }), ONE)
  t.equal(await routes.unbind({ ...route(), fence: first.fence }), false)
  t.equal(await routes.unbind({ ...route({ device: 'tablet' }), fence: tablet.fence }), true)
  t.same(heard, [
    'login ann +phone/gate-1@a -',
    'login ann +phone/gate-2@b -phone/gate-1@a',
    'login ann +tablet/gate-1@a -phone/gate-2@b',
    'end ann + -tablet/gate-1@a',
  ])
})
