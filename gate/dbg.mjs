import { uwsListener } from './dist/src/listeners/uws.js'
import { openWire } from './dist/test/support/wire.js'
let conn; const l = uwsListener({ address: '127.0.0.1:0' })
let drains=0
const addr = await l.listen({ opened: c => (conn = c, 0), received() {}, drained() { drains++ }, closed(s, r) { console.log('closed', r) } })
let bytes = 0
const w = await openWire('ws', addr, { received: b => { bytes += b.length }, lost: c => console.log('lost', c) })
await new Promise(r => setTimeout(r, 20)); w.pause()
let written = 0; const big = +process.argv[2] || 65536; let stats = {}
const ws = conn.ws
for (let waits = 0; waits < 10;) { if (conn.bufferedBytes() >= 16384) waits++; else { waits = 0; const r = ws.send(Buffer.alloc(big, 'x'), true, false); stats[r] = (stats[r] ?? 0) + 1; written += big; } await new Promise(r => setTimeout(r, 1)) }
console.log({ written, buffered: conn.bufferedBytes(), stats, drains })
w.resume(); await new Promise(r => setTimeout(r, 2000))
console.log({ bytes, missing: written - bytes, buffered: conn.bufferedBytes(), drains }); process.exit()
