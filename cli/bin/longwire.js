#!/usr/bin/env node
import { existsSync } from 'node:fs'

const program = new URL('../dist/src/main.js', import.meta.url)
if (existsSync(program)) {
  const { runCommandLine } = await import(program.href)
  await runCommandLine()
} else {
  console.error('Longwire is not compiled yet.\n  → run: npm run build')
  process.exitCode = 2
}
