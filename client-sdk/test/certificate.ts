import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'

/** Signed by itself, for `subject` such as `DNS:gate.example.com`; undefined, with a comment, where there is no openssl. */
export const certificateFor = (
  test: Test,
  subject: string,
): { key: string; cert: string } | undefined => {
  const folder = test.testdir()
  const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const names = ['-subj', '/CN=gate', '-addext', `subjectAltName=${subject}`]
  const files = ['-keyout', keyFile, '-out', certFile, '-days', '2', '-nodes']
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1']
  try {
    execFileSync('openssl', ['req', '-x509', ...curve, ...files, ...names], { stdio: 'pipe' })
  } catch {
    test.comment('skipped: no openssl here to make a certificate with')
    return undefined
  }
  return { key: readFileSync(keyFile, 'utf8'), cert: readFileSync(certFile, 'utf8') }
}
