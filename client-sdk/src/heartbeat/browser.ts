import { systemClock, type Clock } from '../clock.ts'
import type { Cause, Environment } from './environment.ts'
import { watchStillness } from './stillness.ts'

/** The parts of a browser that are looked at. */
interface Surroundings extends Partial<EventTarget> {
  readonly document?: EventTarget & { readonly visibilityState: string }
  readonly navigator?: object
}

/**
 * A page: in the foreground while it is visible. No browser names its network; a change of it, a page
 * that is thawed and a device that woke are noticed.
 */
export const browserEnvironment = (
  around: Surroundings = globalThis,
  clock: Clock = systemClock,
): Environment => ({
  network: '',
  get foreground() {
    return around.document?.visibilityState === 'visible'
  },
  charging: false,
  get metered() {
    return isMetered(connectionOf(around.navigator))
  },
  watch: changed => {
    const sources: readonly (readonly [Partial<EventTarget> | undefined, string, Cause?])[] = [
      [around.document, 'visibilitychange'],
      [around.document, 'resume', 'resumed'],
      [around, 'pageshow', 'resumed'],
      [around, 'online', 'network'],
      [connectionOf(around.navigator), 'change', 'network'],
    ]
    const stops = sources.map(([source, name, cause]) => {
      const listener = (): void => changed(cause)
      source?.addEventListener?.(name, listener)
      return () => source?.removeEventListener?.(name, listener)
    })
    stops.push(watchStillness(clock, () => changed('resumed')))
    return () => stops.forEach(stop => stop())
  },
})

/** That of a carrier, or one that the person asked to spare. */
const isMetered = (connection: Partial<EventTarget> | undefined): boolean =>
  connection !== undefined &&
  (Reflect.get(connection, 'type') === 'cellular' || Reflect.get(connection, 'saveData') === true)

/** The Network Information API, which only some browsers have. */
const connectionOf = (navigator: object | undefined): Partial<EventTarget> | undefined => {
  if (navigator === undefined || !('connection' in navigator)) return undefined
  const { connection } = navigator
  return typeof connection === 'object' && connection !== null ? connection : undefined
}
