import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { fuzz } from './fuzz.ts'

const USAGE = `npm run -s fuzz -- [--inputs N] [--seed S]
  --inputs N  broken inputs for the codecs, a gate and a logic node (1000000)
  --seed S    the same inputs again`

const whole = (name: string, text: string): number => {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value > 0) return value
  console.error(`--${name} is "${text}": use a whole number above 0\n${USAGE}`)
  process.exit(2)
}

const { values } = parseArgs({ options: { inputs: { type: 'string' }, seed: { type: 'string' } } })
const wanted = whole('inputs', values.inputs ?? '1000000')
const seed = whole('seed', values.seed ?? String(1 + (Date.now() % 1e9)))
const started = performance.now()
const { inputs, failures, heapMb } = await fuzz(wanted, seed, availableParallelism())
const seconds = ((performance.now() - started) / 1000).toFixed(0)
for (const failure of failures) console.log(`FAILED ${failure}`)
console.log(
  `${inputs} inputs in ${seconds} s, seed ${seed}; heap ${heapMb[0]} MB early, ${heapMb[1]} MB at the end; ${failures.length} failures`,
)
if (failures.length > 0) console.log(`replay: npm run -s fuzz -- --inputs ${wanted} --seed ${seed}`)
process.exitCode = failures.length === 0 ? 0 : 1
