export type Listener<T> = (event: T) => unknown

// A listener that throws is a fault of the app: it surfaces as an uncaught error, not inside the SDK.
const surface = (error: unknown): void => {
  queueMicrotask(() => {
    throw error
  })
}

/** Who listens to what. `M` maps the name of an event to what its listeners get. */
export class Emitter<M> {
  readonly #listeners: { [K in keyof M]?: readonly Listener<M[K]>[] } = {}

  /** Returns how to stop listening. */
  on<K extends keyof M>(name: K, listener: Listener<M[K]>): () => void {
    this.#listeners[name] = [...this.of(name), listener]
    return () => {
      this.#listeners[name] = this.of(name).filter(other => other !== listener)
    }
  }

  /** The listeners at this moment; the array never changes. */
  of<K extends keyof M>(name: K): readonly Listener<M[K]>[] {
    return this.#listeners[name] ?? []
  }

  /** Tells everybody; nobody is waited for. */
  emit<K extends keyof M>(name: K, event: M[K]): void {
    for (const listener of this.of(name)) {
      try {
        const result = listener(event)
        if (result instanceof Promise) result.catch(surface)
      } catch (error) {
        surface(error)
      }
    }
  }
}
