import type { Logger } from '@longwire/kit'
import type { RunningGate } from '../compose/gate.ts'
import { isAsked, type Told } from './channel.ts'

/** Answers the supervisor; when that is gone this process drains, as at a SIGTERM. */
export const serveSupervisor = ({ addresses, operations }: RunningGate, log: Logger): void => {
  const tell = (told: Told): void => void process.send?.(told)
  process.on('message', (message: unknown) => {
    if (!isAsked(message)) return
    const { ask, number: answer } = message
    if (ask === 'health') tell({ answer, health: operations.health() })
    else
      operations.metrics.text().then(
        metrics => tell({ answer, metrics }),
        (error: unknown) => log.error({ error }, 'the metrics cannot be told'),
      )
  })
  process.once('disconnect', () => {
    log.warn('the supervisor is gone: this worker drains')
    process.kill(process.pid, 'SIGTERM')
  })
  tell({ up: addresses })
}
