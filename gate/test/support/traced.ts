import type { Connection, GateSide, Listener } from '../../src/listeners/listener.ts'

/** The listener, with each write of the gate to one of its connections noted in `writes`. */
export const traced = (listener: Listener, writes: Uint8Array[]): Listener => ({
  transport: listener.transport,
  listen: gate => listener.listen(sideOf(gate, writes)),
  stopAccepting: () => listener.stopAccepting(),
  tick: () => listener.tick(),
  reload: force => listener.reload(force),
  close: () => listener.close(),
})

const sideOf = (gate: GateSide, writes: Uint8Array[]): GateSide => ({
  arrived: ip => gate.arrived(ip),
  renamed: (source, ip) => gate.renamed(source, ip),
  departed: (source, reason) => gate.departed(source, reason),
  opened: (connection, ip, source) => gate.opened(noted(connection, writes), ip, source),
  received: (slot, bytes) => gate.received(slot, bytes),
  misused: slot => gate.misused(slot),
  drained: slot => gate.drained(slot),
  closed: (slot, reset) => gate.closed(slot, reset),
})

const noted = (connection: Connection, writes: Uint8Array[]): Connection => ({
  write(bytes) {
    writes.push(bytes.slice())
    connection.write(bytes)
  },
  bufferedBytes: () => connection.bufferedBytes(),
  end: code => connection.end(code),
  destroy: () => connection.destroy(),
})
