import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import t from 'tap'

t.test('the browser bundle is small, whole, and free of Node', async test => {
  const folder = join(import.meta.dirname, '../..')
  const printed = execFileSync(process.execPath, [join(folder, 'build-bundle.mjs')], {
    encoding: 'utf8',
  })
  test.match(printed, /longwire\.browser\.js: .* gzip/)
  const file = join(folder, 'dist/longwire.browser.js')
  const code = readFileSync(file)
  test.ok(gzipSync(code).length <= 52 * 1024, `${gzipSync(code).length} bytes gzip`)
  test.notMatch(
    code.toString(),
    /(?<!["'.])\bfrom\s*["']|\bimport\s*["']|\brequire\(["']/,
    'it imports nothing',
  )
  test.match(code.toString(), /sourceMappingURL=longwire\.browser\.js\.map/)
  const bundle: object = await import(pathToFileURL(file).href)
  test.match(Object.keys(bundle), [
    'LongwireError',
    'Message',
    'Publication',
    'Subscription',
    'Sync',
    'browserEnvironment',
    'createClient',
    'indexedDbCursors',
    'indexedDbOutbox',
    'localStorageAddresses',
    'localStorageCursors',
    'localStorageNetworks',
    'localStorageOutbox',
    'memoryCursors',
    'memoryOutbox',
    'plainEnvironment',
    'reactNativeEnvironment',
  ])
})
