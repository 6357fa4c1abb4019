import type { Test } from 'tap'
import type { Link } from '../../src/link.ts'

export interface LinkCase {
  /** Two ends of one open link; nobody listens yet. */
  make(t: Test): Promise<[Link, Link]>
}

class Receiver {
  readonly closed: Promise<void>
  closes = 0
  /** While this is true, nothing may be called. */
  inCall = false
  #bytes = Buffer.alloc(0)
  #wake: () => void = () => {}

  constructor(link: Link) {
    this.closed = new Promise(resolve => {
      link.open({
        data: chunk => {
          if (this.inCall) throw new Error('data() was called from within a call')
          this.#bytes = Buffer.concat([this.#bytes, chunk])
          this.#wake()
        },
        closed: () => {
          if (this.inCall) throw new Error('closed() was called from within a call')
          this.closes++
          resolve()
        },
      })
    })
  }

  /** Waits for this many bytes and takes them. */
  async read(length: number): Promise<Buffer> {
    while (this.#bytes.length < length) {
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
    const taken = this.#bytes.subarray(0, length)
    this.#bytes = this.#bytes.subarray(length)
    return taken
  }
}

/** What every Link must do. */
export const linkContract = (t: Test, { make }: LinkCase): void => {
  t.test('bytes arrive in order both ways', async t => {
    const [a, b] = await make(t)
    const atA = new Receiver(a)
    const atB = new Receiver(b)
    for (let n = 0; n < 100; n++) a.write(Buffer.from(String(n).padStart(4, '0')))
    b.write(Buffer.from('hello'))
    const expected = Array.from({ length: 100 }, (_, n) => String(n).padStart(4, '0')).join('')
    t.equal((await atB.read(400)).toString(), expected)
    t.equal((await atA.read(5)).toString(), 'hello')
  })

  t.test('bytes written before the other side listens are not lost', async t => {
    const [a, b] = await make(t)
    a.write(Buffer.from('early'))
    new Receiver(a)
    t.equal((await new Receiver(b).read(5)).toString(), 'early')
  })

  t.test('several hundred kilobytes pass, and the buffer empties again', async t => {
    const [a, b] = await make(t)
    new Receiver(a)
    const atB = new Receiver(b)
    const chunk = Buffer.alloc(64 * 1024, 7)
    for (let n = 0; n < 8; n++) a.write(Buffer.from(chunk))
    t.ok(a.bufferedBytes >= 0)
    t.equal((await atB.read(8 * chunk.length)).length, 8 * chunk.length)
    t.equal(a.bufferedBytes, 0)
  })

  t.test('closing one side tells both, once, and not from within the call', async t => {
    const [a, b] = await make(t)
    const atA = new Receiver(a)
    const atB = new Receiver(b)
    a.write(Buffer.from('bye'))
    t.equal((await atB.read(3)).toString(), 'bye')
    atA.inCall = true
    atB.inCall = true
    a.close()
    a.close()
    atA.inCall = false
    atB.inCall = false
    await Promise.all([atA.closed, atB.closed])
    b.close()
    a.write(Buffer.from('too late'))
    b.write(Buffer.from('too late'))
    t.strictSame([atA.closes, atB.closes], [1, 1])
  })

  t.test('a side that listens after the link broke is told', async t => {
    const [a, b] = await make(t)
    const atB = new Receiver(b)
    b.close()
    await atB.closed
    await new Receiver(a).closed
  })
}
