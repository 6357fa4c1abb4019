// `npm start`: makes everything ready, then runs `longwire all` in this same process, so that signals reach it.
import './setup.mjs'

process.argv.splice(
  1,
  process.argv.length,
  new URL('../cli/bin/longwire.js', import.meta.url).pathname,
  'all',
  ...process.argv.slice(2),
)
await import('../cli/bin/longwire.js')
