import { readFileSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createSecureContext, type SecureVersion } from 'node:tls'
import type { TlsFiles } from './options.ts'

/** Certificate and key of a listener as they are on disk, read again when asked. */
export class Certificate {
  readonly files: TlsFiles
  #seen = ''

  constructor(files: TlsFiles) {
    this.files = files
  }

  /** Throws where the files cannot be read, are no PEM, or do not belong together. */
  read(): { cert: Buffer; key: Buffer; minVersion: SecureVersion } {
    const { certFile, keyFile } = this.files
    const minVersion = 'TLSv1.3'
    const pair = { cert: readFileSync(certFile), key: readFileSync(keyFile), minVersion } as const
    createSecureContext(pair)
    return pair
  }

  /** Whether the files are others than at the last call. False while one of them is being replaced. */
  async changed(): Promise<boolean> {
    try {
      const [cert, key] = await Promise.all([stat(this.files.certFile), stat(this.files.keyFile)])
      const now = [cert, key].map(({ mtimeMs, size, ino }) => `${mtimeMs}/${size}/${ino}`).join(' ')
      const before = this.#seen
      this.#seen = now
      return before !== '' && before !== now
    } catch {
      return false
    }
  }
}
