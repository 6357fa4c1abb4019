import { LIMITS } from '@longwire/proto'

// Gates let nothing else in; but no key can be made of what a broken one might tell.
/** Most names are so short that their bytes need no count. */
const fits = (text: string, bytesMax: number): boolean =>
  text !== '' && (text.length * 3 <= bytesMax || Buffer.byteLength(text) <= bytesMax)

export const isUid = (text: string): boolean => fits(text, LIMITS.uidBytes)
export const isDevice = (text: string): boolean => fits(text, LIMITS.deviceBytes)
