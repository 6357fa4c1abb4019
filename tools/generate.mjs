// Writes the code of proto/schema/*.proto into proto/generated. `--check` only says whether it is fresh.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = new URL('..', import.meta.url).pathname
const bin = name => join(root, 'node_modules/protobufjs-cli/bin', name)
const check = process.argv.includes('--check')

// protobufjs decodes uint64 to Long objects wherever the package `long` is installed, and to numbers elsewhere.
// Switching that off is global and would change other users of protobufjs in the same app: read numbers here instead.
const UINT64 = `
const $uint64 = (reader) => {
  let value = 0
  for (let scale = 1, count = 0; count < 8; count++, scale *= 128) {
    if (reader.pos >= reader.len) throw new $RangeError("index out of range")
    const byte = reader.buf[reader.pos++]
    value += (byte & 127) * scale
    if (byte < 128 && value <= Number.MAX_SAFE_INTEGER) return value
  }
  throw new $RangeError("a number above 2^53 - 1")
}
`
// Two versions of the SDK may share one protobufjs, as in one bundle: neither must see the other's messages.
const ownRoot = code => {
  const out = code.replace(
    /\$protobuf\.roots\["\w+"\] \|\| \(\$protobuf\.roots\["\w+"\] = \{\}\)/,
    '{}',
  )
  if (out.includes('$protobuf.roots')) throw new Error('the root is shared: extend ownRoot')
  return out
}
const plainNumbers = code => {
  const out = code
    .replaceAll('reader.uint64()', '$uint64(reader)')
    .replaceAll('$util.Long ? $util.Long.fromBits(0,0,true) : 0', '0')
    .replace('\n// Exported root namespace', `${UINT64}\n// Exported root namespace`)
  if (/Long|reader\.s?u?int64|fixed64/.test(out))
    throw new Error('a 64-bit field is not read as a plain number: extend plainNumbers')
  return out
}

const dir = mkdtempSync(join(tmpdir(), 'longwire-generate-'))
let stale = 0
try {
  for (const name of ['edge', 'trunk']) {
    const js = join(dir, `${name}.js`)
    const dts = join(dir, `${name}.d.ts`)
    const source = join(root, 'proto/schema', `${name}.proto`)
    const options = [
      '--no-create',
      '--no-verify',
      '--no-convert',
      '--no-delimited',
      '--no-typeurl',
      '--no-service',
      '--force-number',
    ]
    execFileSync(process.execPath, [
      bin('pbjs'),
      '-t',
      'static-module',
      '-w',
      'es6',
      '-r',
      name,
      ...options,
      '-o',
      js,
      source,
    ])
    execFileSync(process.execPath, [bin('pbts'), '-o', dts, js])
    const code = ownRoot(
      plainNumbers(
        readFileSync(js, 'utf8').replace('"protobufjs/minimal"', '"protobufjs/minimal.js"'),
      ),
    )
    const types = readFileSync(dts, 'utf8')
    for (const [file, text] of [
      [`${name}.js`, code],
      [`${name}.d.ts`, types],
    ]) {
      const target = join(root, 'proto/generated', file)
      if (!check) writeFileSync(target, text)
      else if (readFileSync(target, 'utf8') !== text) {
        stale++
        console.error(`proto/generated/${file} is stale: run npm run generate`)
      }
    }
  }
} finally {
  rmSync(dir, { recursive: true })
}
process.exitCode = stale === 0 ? 0 : 1
