/**
 * What is dialled where the host of a URL is an IP and its certificate is for a name: `tls://203.0.113.7:7001#gate.example.com`.
 */
export interface NamedUrl {
  /** Without the name. */
  readonly url: string
  /** For whom the certificate must be, and what Host says; undefined: for the host of `url`. */
  readonly name: string | undefined
}

export const namedUrl = (url: string): NamedUrl => {
  const at = url.indexOf('#')
  if (at < 0) return { url, name: undefined }
  const name = url.slice(at + 1)
  return { url: url.slice(0, at), name: name === '' ? undefined : name }
}

const IS_IP = /^(\[.*\]|\d+\.\d+\.\d+\.\d+)$/

/** The addresses of `url` by IP, as `resolve` has them; itself where it is one already. Rejects where there is no answer. */
export const byAddress = async (
  url: string,
  resolve: (host: string) => Promise<readonly string[]>,
): Promise<string[]> => {
  const { hostname } = new URL(url)
  if (IS_IP.test(hostname)) return [url]
  const addresses = await resolve(hostname)
  return addresses.map(address => {
    const dialled = new URL(url)
    dialled.hostname = address.includes(':') ? `[${address}]` : address
    if (dialled.hash === '') dialled.hash = hostname
    return dialled.href
  })
}
