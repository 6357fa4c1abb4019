import type { Route } from '../routes/route-table.ts'

/** A power of two. Twice what a gate may leave unread of small hints costs little memory. */
const KEPT = 4_096

/** The routes used last on a link. What has been overwritten is found at its next use. */
export class RecentRoutes {
  readonly #routes: (Route | undefined)[] = []
  #next = 0

  add(route: Route): void {
    this.#routes[this.#next] = route
    this.#next = (this.#next + 1) & (KEPT - 1)
  }

  find(slot: number, generation: number): Route | undefined {
    for (let back = 1; back <= this.#routes.length; back++) {
      const route = this.#routes[(this.#next - back) & (KEPT - 1)]
      if (route?.slot === slot && route.generation === generation) return route
    }
    return undefined
  }
}
