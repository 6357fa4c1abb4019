// Serves the chat page, with tokens and the SDK of a Longwire that runs with development keys. For a look at it
// on one machine: a real app signs its own tokens for who is signed in to it.
import { createServer } from 'node:http'
import { readFileSync } from 'node:fs'

const longwire = process.argv[2] ?? 'http://127.0.0.1:7080'
const port = Number(process.argv[3] ?? 8080)
const page = readFileSync(new URL('index.html', import.meta.url))

const tokenFor = async uid => {
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify({ uid, appcode: 1 })
  return fetch(`${longwire}/dev/token`, { method: 'POST', headers, body })
}

const server = createServer(async (request, response) => {
  try {
    const url = new URL(request.url ?? '/', 'http://localhost')
    if (url.pathname === '/') return response.setHeader('content-type', 'text/html').end(page)
    const answer =
      url.pathname === '/token'
        ? await tokenFor(url.searchParams.get('uid') ?? '')
        : await fetch(`${longwire}/sdk.js`)
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' })
    response.end(Buffer.from(await answer.arrayBuffer()))
  } catch (error) {
    response.writeHead(502).end(String(error))
  }
})
server.listen(port, '127.0.0.1', () => {
  const { port: bound } = server.address()
  process.stdout.write(`http://127.0.0.1:${bound}/?uid=ann&peer=bob\n`)
})
