// Writes dist/longwire.browser.js, the browser entry with all it needs, and prints its size.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const folder = import.meta.dirname
const outfile = join(folder, 'dist/longwire.browser.js')
await build({
  entryPoints: [join(folder, 'dist/src/index.js')],
  outfile,
  bundle: true,
  minify: true,
  sourcemap: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  logLevel: 'warning',
})
const bytes = readFileSync(outfile)
const kib = size => `${(size / 1024).toFixed(1)} KiB`
const gzip = gzipSync(bytes, { level: 9 })
process.stdout.write(
  `client-sdk/dist/longwire.browser.js: ${kib(bytes.length)}, ${kib(gzip.length)} gzip\n`,
)
