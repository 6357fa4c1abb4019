import { encodePreamble, PROTOCOL_VERSION } from '@longwire/proto'
import { connectRaw } from './raw.ts'
import type { DialSocket } from './socket.ts'

export const dialTcp: DialSocket = (target, events) => {
  const socket = connectRaw(target, {
    connected() {
      // The preamble leaves with the LOGIN that `opened` writes.
      socket.cork()
      socket.write(encodePreamble(PROTOCOL_VERSION, PROTOCOL_VERSION, 0))
      events.opened()
      socket.uncork()
    },
    received: bytes => events.received(bytes),
    closed: reason => events.closed(reason),
  })
  return {
    write: bytes => void socket.write(bytes),
    close: () => void socket.end(),
    reset: () => void socket.resetAndDestroy(),
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    bytesRead: () => socket.bytesRead,
    bytesWritten: () => socket.bytesWritten,
  }
}
