/**
 * PORT: what the device knows and a connection does not. An app on React Native or the like brings its
 * own: `AppState` for foreground, its network library for the rest.
 */
export interface Environment {
  /** Names the network in use, the same each time it is joined (a Wi-Fi, a carrier); '' where unknown. */
  readonly network: string
  /** A person looks at the app. */
  readonly foreground: boolean
  /** Power is no matter: what was learned of the network may be put to the test. */
  readonly charging: boolean
  /** Calls `changed` whenever one of these may have, or the device woke, until the returned function is called. */
  watch(changed: () => void): () => void
}

/** A process that runs in the background for good, on one network: a server, a device. */
export const plainEnvironment: Environment = {
  network: '',
  foreground: false,
  charging: false,
  watch: () => () => undefined,
}

/** The parts of a browser that are looked at. */
interface Surroundings extends Partial<EventTarget> {
  readonly document?: EventTarget & { readonly visibilityState: string }
  readonly navigator?: object
}

interface NetworkInformation extends Partial<EventTarget> {
  readonly type?: string
}

/** A page: in the foreground while it is visible. Browsers only tell the kind of network, if that. */
export const browserEnvironment = (around: Surroundings = globalThis): Environment => {
  const connection = connectionOf(around.navigator)
  const sources: readonly (readonly [Partial<EventTarget> | undefined, string])[] = [
    [around.document, 'visibilitychange'],
    [around, 'online'],
    [connection, 'change'],
  ]
  return {
    get network() {
      return connection?.type ?? ''
    },
    get foreground() {
      return around.document?.visibilityState === 'visible'
    },
    charging: false,
    watch: changed => {
      const listener = (): void => changed()
      for (const [source, name] of sources) source?.addEventListener?.(name, listener)
      return () => {
        for (const [source, name] of sources) source?.removeEventListener?.(name, listener)
      }
    },
  }
}

/** The Network Information API, which only some browsers have. */
const connectionOf = (navigator: object | undefined): NetworkInformation | undefined => {
  if (navigator === undefined || !('connection' in navigator)) return undefined
  const { connection } = navigator
  return typeof connection === 'object' && connection !== null ? connection : undefined
}
