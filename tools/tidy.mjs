// What no linter knows: which folder may import which, one adapter per driver, and a few house rules.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Folder → our packages its sources may import. */
const MAY_IMPORT = {
  proto: [],
  kit: ['@longwire/proto', '@longwire/proto/trunk'],
  gate: ['@longwire/proto', '@longwire/proto/trunk', '@longwire/kit'],
  logic: ['@longwire/proto', '@longwire/proto/trunk', '@longwire/kit'],
  'client-sdk': ['@longwire/proto'],
  cli: [
    '@longwire/proto',
    '@longwire/kit',
    '@longwire/gate',
    '@longwire/logic',
    '@longwire/client',
    '@longwire/client/node',
    '@longwire/client/backend',
  ],
  bench: [
    '@longwire/proto',
    '@longwire/proto/trunk',
    '@longwire/client',
    '@longwire/client/node',
    '@longwire/client/backend',
  ],
}
/** Extra doors for single places. */
const ALSO = [
  ['client-sdk/src/backend/', '@longwire/proto/trunk'],
  ['client-sdk/test/backend/', '@longwire/proto/trunk'],
  ['cli/test/', '@longwire/bench'],
  ['bench/src/scenarios/dispatcher.ts', '@longwire/kit'],
  ['bench/src/scenarios/routes.ts', '@longwire/kit'],
  ['bench/src/scenarios/routes.ts', '@longwire/logic'],
  ['bench/src/chaos/post-mortem.ts', '@longwire/logic'],
  ['bench/test/chaos/post-mortem.test.ts', '@longwire/logic'],
  ['cli/test/', '@longwire/proto/trunk'],
  ['cli/test/', '@longwire/gate/internal'],
  ['cli/test/', '@longwire/logic/internal'],
  ['cli/test/', '@longwire/client/internal'],
  ['bench/src/sim/', '@longwire/client/internal'],
  ['bench/src/load/returners.ts', '@longwire/client/internal'],
  ['bench/src/sim/', '@longwire/gate/internal'],
  ['bench/src/sim/natbox/', '@longwire/gate'],
  ['bench/src/sim/natbox/', '@longwire/kit'],
  ['bench/src/sim/natbox/', '@longwire/logic'],
]
const DOORS = {
  proto: ['@longwire/proto', '@longwire/proto/trunk'],
  kit: ['@longwire/kit'],
  gate: ['@longwire/gate', '@longwire/gate/internal'],
  logic: ['@longwire/logic', '@longwire/logic/internal'],
  'client-sdk': [
    '@longwire/client',
    '@longwire/client/node',
    '@longwire/client/backend',
    '@longwire/client/internal',
  ],
}
/** Driver → the adapters that may name it. */
const DRIVERS = {
  ajv: ['kit/src/config/load.ts', 'kit/src/config/problem.ts'],
  commander: ['cli/src/program.ts', 'cli/src/program/', 'cli/src/operator-commands.ts'],
  fastify: ['logic/src/api/'],
  ioredis: ['kit/src/redis.ts'],
  jose: ['logic/src/login/jwt.ts', 'logic/src/dispatcher/signer.ts', 'cli/src/dev-token.ts'],
  kafkajs: ['logic/src/bus/kafka/'],
  lmdb: ['logic/src/store/lmdb.ts'],
  mongodb: ['logic/src/store/mongo.ts'],
  pino: ['kit/src/log.ts'],
  'prom-client': ['kit/src/metrics.ts'],
  protobufjs: ['proto/src/'],
  'uWebSockets.js': ['gate/src/listeners/uws.ts'],
  ws: ['gate/src/listeners/ws.ts', 'client-sdk/src/transports/ws.ts'],
  yaml: ['kit/src/config/file.ts'],
}
/** What the text of a source must not hold: [pattern, why, where it is allowed]. */
const BANNED = [
  [/\bas unknown as\b/, 'convert the value instead of silencing the compiler'],
  [/@ts-(ignore|expect-error|nocheck)/, 'mend the type'],
  [
    /(eslint|oxlint)-disable(?!-next-line \S+ -- .{10})/,
    'mend the code, or name the rule and the reason',
  ],
  [/\b(TODO|FIXME|XXX)\b/, 'do it, or write an issue'],
  [/^export default/m, 'export by name'],
  [/\bnew Date\(\)/, 'use Clock.now', /^(cli|bench|tools)\/|\/test\//],
  [
    /(?<![.\w#])(setTimeout|setInterval|setImmediate)\(|\b(Date\.now|Math\.random|performance\.now)\(|\bprocess\.(nextTick|hrtime)\b/,
    'use Clock and Random, so that one seed of a simulation is one history',
    /^(kit|client-sdk)\/src\/clock\.ts$|^(cli|bench|tools)\/|\/test\//,
  ],
  [/node:timers/, 'use the Clock', /^(cli|bench|tools)\/|\/test\//],
  [/\/(work|home|root|tmp)\/[a-z]/, 'no paths of one machine', /\/test\/|^\.ci\//],
]
const LINES_MAX = 500
/** One file by nature: markup, style and script. */
const PAGE_LINES_MAX = 1_300
const NAMES = /(^|-)(manager|helper|helpers|util|utils|handler|wrapper)(-|\.)/

const problems = []
const complain = (file, text) => problems.push(`${file}: ${text}`)

const walk = function* (folder, pattern) {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    if (['node_modules', 'dist', 'generated', 'vectors', '.git', '.tap'].includes(entry.name))
      continue
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) yield* walk(path, pattern)
    else if (pattern.test(entry.name)) yield path
  }
}

const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*['"]([^'"]+)['"]/g

const checkImports = (folder, file, text) => {
  const allowed = new Set(MAY_IMPORT[folder])
  // A test may come through the front door of its own package.
  if (file.includes('/test/')) for (const door of DOORS[folder] ?? []) allowed.add(door)
  for (const [place, door] of ALSO) if (file.startsWith(place)) allowed.add(door)
  for (const [, name] of text.matchAll(IMPORT)) {
    if (name.startsWith('@longwire/') && !allowed.has(name)) {
      complain(file, `${folder} must not import ${name}`)
    }
    if (name.startsWith('.')) {
      const target = relative(root, resolve(root, dirname(file), name))
      if (!target.startsWith(`${folder}/`)) complain(file, `reaches into another folder: ${name}`)
      if (!name.endsWith('.ts')) complain(file, `a relative import ends in .ts: ${name}`)
      if (file.includes('/src/') && target.startsWith(`${folder}/test/`)) {
        complain(file, `sources must not import tests: ${name}`)
      }
    }
    const adapters = file.includes('/test/') ? undefined : DRIVERS[name]
    if (adapters !== undefined && !adapters.some(place => file.startsWith(place))) {
      complain(file, `only ${adapters.join(' and ')} may import ${name}`)
    }
  }
}

const checkText = (file, text) => {
  const lines = text.split('\n').length - 1
  const most = file.endsWith('.html') ? PAGE_LINES_MAX : LINES_MAX
  if (lines > most) complain(file, `has ${lines} lines, at most ${most} are allowed`)
  if (NAMES.test(file.split('/').at(-1))) complain(file, 'name the thing, not its role')
  for (const [pattern, why, except] of BANNED) {
    if (except?.test(file)) continue
    const line = text.split('\n').findIndex(candidate => pattern.test(candidate))
    if (line >= 0) complain(`${file}:${line + 1}`, `${pattern.source} is not allowed: ${why}`)
  }
}

for (const folder of Object.keys(MAY_IMPORT)) {
  for (const part of ['src', 'test', 'bin', 'web']) {
    if (!existsSync(join(root, folder, part))) continue
    for (const file of walk(`${folder}/${part}`, /\.(ts|js|mjs|css|html)$/)) {
      const text = readFileSync(join(root, file), 'utf8')
      if (file.endsWith('.ts')) checkImports(folder, file, text)
      checkText(file, text)
    }
  }
}
for (const file of walk('tools', /\.mjs$/)) {
  if (file !== 'tools/tidy.mjs') checkText(file, readFileSync(join(root, file), 'utf8'))
}
try {
  execFileSync(process.execPath, [join(root, 'tools/generate.mjs'), '--check'], { stdio: 'pipe' })
} catch (error) {
  complain('proto/generated', String(error.stderr).trim())
}

for (const problem of problems) console.error(problem)
console.log(problems.length === 0 ? 'tidy' : `${problems.length} problems`)
process.exitCode = problems.length === 0 ? 0 : 1
