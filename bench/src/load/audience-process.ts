/** Entry of a forked load process: an audience that is told by messages what to do. */
import { Audience } from './audience.ts'
import type { AudienceRequest } from './audiences.ts'
import { answer } from './remote.ts'

let audience: Audience | undefined

answer(async (request: AudienceRequest): Promise<unknown> => {
  if (request.kind === 'open') {
    audience = new Audience(request.options)
    return audience.report()
  }
  if (audience === undefined) throw new Error('the audience is not open')
  return audience[request.kind]()
})
