import net from 'node:net'
import { createRequire } from 'node:module'
const uws = createRequire(import.meta.url)('uWebSockets.js')
let ws0, addr
const big = +process.argv[2] || 65536, mode = process.argv[3] ?? 'plain'
let closedCode
await new Promise(r => uws.App().ws('/*', { idleTimeout: 0, sendPingsAutomatically: false, maxBackpressure: 4*1024*1024, open: ws => { ws0 = ws }, drain: ws => console.log('drain', ws.getBufferedAmount()), message() {}, close(ws, c) { closedCode = c; ws0 = undefined } }).listen('127.0.0.1', 0, s => { addr = uws.getSocketPort(s); r() }))
const s = net.connect(addr, '127.0.0.1'); let total = 0, head = 0, first = true; const parts = []
s.write(`GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n`)
s.on('data', d => { parts.push(d); total += d.length }); s.on('close', () => console.log('client close'))
await new Promise(r => setTimeout(r, 50)); const hs = total; s.pause()
let written = 0, wire = 0, n = 0; const log = []
for (let waits = 0; waits < 10;) {
  if (ws0.getBufferedAmount() >= 16384) waits++
  else { waits = 0; const b = Buffer.alloc(big, n++ & 255); let r; if (mode === 'cork') ws0.cork(() => { r = ws0.send(b, true, false) }); else r = ws0.send(b, true, false); written += big; wire += big + (big > 65535 ? 10 : 4); log.push([n, r, ws0.getBufferedAmount()].join(':')) }
  await new Promise(r => setTimeout(r, 1))
}
console.log(mode, { written, wire, buffered: ws0.getBufferedAmount() }, log.slice(-4).join(' '))
s.resume(); await new Promise(r => setTimeout(r, 1500))
const all = Buffer.concat(parts).subarray(hs)
console.log({ got: all.length, missing: wire - all.length, closedCode })
// parse frames
let at = 0, k = 0, bad
while (at + 4 <= all.length) { let len = all[at+1]; let h = 2; if (len === 126) { len = all.readUInt16BE(at+2); h = 4 } else if (len === 127) { len = all.readUInt32BE(at+6); h = 10 }
  if (all[at] !== 0x82 || len !== big) { bad = [k, at, all[at], len]; break }
  for (let i = at + h; i < Math.min(at + h + len, all.length); i++) if (all[i] !== (k & 255)) { bad = ['content', k, i - at, all[i]]; break }
  if (bad) break; at += h + len; k++ }
console.log({ frames: k, of: n, bad }); process.exit()
