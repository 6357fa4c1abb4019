import type { Timer } from '../clock.ts'
import type { Cause, Environment } from './environment.ts'

interface Subscription {
  remove(): void
}

/** `AppState` of React Native. */
export interface AppStateLike {
  readonly currentState: string | null
  addEventListener(type: 'change', listener: (state: string) => void): Subscription
}

/** What `@react-native-community/netinfo` says. */
export interface NetInfoStateLike {
  readonly type: string
  readonly isConnected: boolean | null
  readonly details?: object | null
}

/** `@react-native-community/netinfo`. */
export interface NetInfoLike {
  addEventListener(listener: (state: NetInfoStateLike) => void): () => void
}

export interface ReactNativeParts {
  readonly AppState: AppStateLike
  readonly NetInfo: NetInfoLike
  /** Whether the device charges now; left out: nobody knows. */
  readonly charging?: () => boolean
  /** As {@link Environment.alarm}; it takes a native module. */
  readonly alarm?: (ms: number, task: () => void) => Timer
}

/**
 * What React Native knows, from the objects that the app imports:
 * `reactNativeEnvironment({ AppState, NetInfo })`. The name of a Wi-Fi takes the permission to read it;
 * without it the gate names the network.
 */
export const reactNativeEnvironment = ({
  AppState,
  NetInfo,
  charging,
  alarm,
}: ReactNativeParts): Environment => {
  let network = ''
  let metered = false
  return {
    get network() {
      return network
    },
    get metered() {
      return metered
    },
    get foreground() {
      return AppState.currentState === 'active'
    },
    get charging() {
      return charging?.() ?? false
    },
    watch: changed => {
      const app = AppState.addEventListener('change', () => changed())
      let last: string | undefined
      const stop = NetInfo.addEventListener(state => {
        const isMetered = isExpensive(state)
        const now = `${state.type} ${state.isConnected === true} ${nameOf(state)}`
        if (now === last && isMetered !== metered) {
          metered = isMetered
          changed('awake')
        }
        metered = isMetered
        const cause: Cause | undefined = last === undefined ? undefined : 'network'
        if (now === last) return
        last = now
        network = nameOf(state)
        // The first call says how things are; one without network says nothing to be done.
        if (cause !== undefined && state.isConnected === true) changed(cause)
      })
      return () => {
        app.remove()
        stop()
      }
    },
    ...(alarm === undefined ? {} : { alarm }),
  }
}

/** Whether the network counts bytes, as far as NetInfo knows. */
const isExpensive = ({ details }: NetInfoStateLike): boolean =>
  details !== null &&
  details !== undefined &&
  Reflect.get(details, 'isConnectionExpensive') === true

/** The name of a Wi-Fi or of a carrier; '' where it is not told. */
const nameOf = ({ type, details }: NetInfoStateLike): string => {
  const read = (field: string): string => {
    const value: unknown = details ? Reflect.get(details, field) : undefined
    // What a system says in place of a name that it may not tell.
    return typeof value === 'string' && !UNTOLD.has(value) ? value : ''
  }
  const name = read('bssid') || read('ssid') || read('carrier')
  return name === '' ? '' : `${type} ${name}`
}

const UNTOLD: ReadonlySet<string> = new Set(['', '<unknown ssid>', '02:00:00:00:00:00', '--'])
