import { CODES } from '@longwire/proto'
import t from 'tap'
import { errorOfCode } from '../src/errors.ts'

t.test('the text of a code is said once, with what the server adds and the remedy', async t => {
  const { code, text, remedy } = CODES.BUSY
  t.equal(errorOfCode(code).message, `${text}; ${remedy}`)
  t.equal(errorOfCode(code, 'queue full').message, `${text} (queue full); ${remedy}`)
  t.equal(errorOfCode(code, text).message, `${text}; ${remedy}`)
  t.equal(errorOfCode(code, `${text}: queue full`).message, `${text}: queue full; ${remedy}`)
})

t.test('a code that is newer than the SDK still says whether to dial again', async t => {
  t.match(errorOfCode(63), {
    code: 'UNKNOWN',
    action: 'retry',
    message: 'code 63, newer than this SDK',
  })
  t.match(errorOfCode(127, 'because'), {
    action: 'stop',
    message: 'code 127, newer than this SDK (because)',
  })
})
