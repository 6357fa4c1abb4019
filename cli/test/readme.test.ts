import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { signToken } from '@longwire/logic'
import t from 'tap'
import { startAll } from '../src/compose/all.ts'
import { silent, trialConfig } from './support.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const FENCE = /^```js run\n([\s\S]*?)^```$/gm

const programsIn = (file: string): string[] =>
  [...readFileSync(join(ROOT, file), 'utf8').matchAll(FENCE)].map(([, program]) => program ?? '')

for (const file of ['README.md', 'client-sdk/README.md']) {
  t.test(`the programs in ${file} run as they stand`, async t => {
    const data = t.testdir()
    const running = await startAll(trialConfig(data), silent)
    t.teardown(() => running.stop())
    const { secret = '', key = '' } = running.dev ?? {}
    const { tcp = '', http = '', backend = '' } = running.addresses
    const env = {
      ...process.env,
      LONGWIRE_URL: tcp,
      LONGWIRE_API: http,
      LONGWIRE_BACKEND: backend,
      LONGWIRE_KEY: key,
      LONGWIRE_TOKEN: await signToken(secret, { uid: 'alice', ttlSeconds: 600, nowMs: Date.now() }),
    }
    const programs = programsIn(file)
    t.ok(programs.length > 0, `${programs.length} programs`)
    const folder = join(data, 'app')
    mkdirSync(folder)
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
    for (const [index, program] of programs.entries()) {
      const path = join(folder, `program-${index}.mjs`)
      writeFileSync(path, program)
      const child = spawn(process.execPath, [path], { cwd: folder, env })
      let output = ''
      child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
      child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
      t.teardown(() => child.kill('SIGKILL'))
      const [code] = (await once(child, 'exit')) as [number | null]
      t.equal(code, 0, output)
      t.not(output, '', 'it shows something')
    }
  })
}
