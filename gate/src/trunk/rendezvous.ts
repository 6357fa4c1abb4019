/** A 32-bit hash of a name (FNV-1a over UTF-16 units). */
export const hashName = (name: string): number => {
  let hash = 0x811c9dc5
  for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193)
  return hash >>> 0
}

/** How much a node (by its hash) wants a key (by its hash): the highest of all nodes serves it. */
export const weight = (node: number, key: number): number => {
  let mixed = Math.imul(node ^ key, 0x9e3779b1)
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
