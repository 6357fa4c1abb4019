import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import type { TlsFiles } from '../../src/listeners/options.ts'

/** A self-signed certificate for 127.0.0.1, or undefined where there is no openssl. */
export const certificate = (directory: string, name = '127.0.0.1'): TlsFiles | undefined => {
  const files = { certFile: join(directory, 'cert.pem'), keyFile: join(directory, 'key.pem') }
  const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1']
  try {
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        '2',
        ...subject,
        '-keyout',
        files.keyFile,
        '-out',
        files.certFile,
      ],
      { stdio: 'ignore' },
    )
    return files
  } catch {
    return undefined
  }
}
