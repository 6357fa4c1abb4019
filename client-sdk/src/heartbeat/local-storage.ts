import type { NetworkStore } from './networks.ts'

/** Keeps what was learned of networks in localStorage under `name`. */
export const localStorageNetworks = (name = 'longwire:networks'): NetworkStore => ({
  load: async () => localStorage.getItem(name) ?? undefined,
  save: async text => localStorage.setItem(name, text),
})
