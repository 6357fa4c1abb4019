import { ConfigError } from '@longwire/kit'
import type { Finding } from './finding.ts'
import { fine, ill } from './finding.ts'

/** As package.json says under "engines". */
const NODE_LEAST: readonly [number, number] = [20, 19]

export const checkNode = (version: string): Finding => {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number)
  const found = `Node ${version}`
  const [leastMajor, leastMinor] = NODE_LEAST
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor))
    return fine('node', found)
  return ill('node', 'fail', found, {
    why: `Longwire needs Node ${NODE_LEAST.join('.')} or newer.`,
    mend: ['nvm install 20   # or https://nodejs.org'],
  })
}

/** `problem`: why uWebSockets.js does not load. */
export const checkWebSocket = (problem: string | undefined): Finding => {
  if (problem === undefined) return fine('websocket', 'WebSocket runs on uWebSockets.js')
  return ill('websocket', 'warn', `WebSocket runs on the ws package: ${problem}`, {
    why: 'A session then takes several times the memory.',
    mend: [
      'use Node 20 on Linux with glibc (Debian, Ubuntu, RHEL; Alpine has musl)',
      'npm ci   # without --omit=optional',
    ],
  })
}

/** `problem`: what was thrown as the configuration was read. */
export const checkConfig = (name: string, problem: Error | undefined): Finding => {
  if (problem === undefined) return fine('config', `${name} is good`)
  const problems = problem instanceof ConfigError ? problem.problems : []
  const found =
    problems.length === 0
      ? `${name}: ${problem.message}`
      : `${name}: ${problems.map(({ path, problem: what }) => `${path} ${what}`).join('; ')}`
  return ill('config', 'fail', found, {
    why: 'It does not start. What follows was looked at with defaults where they are needed.',
    mend: problems.map(({ path, remedy }) => `${path}: ${remedy}`),
  })
}
