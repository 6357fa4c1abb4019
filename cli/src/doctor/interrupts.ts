import type { Finding } from './finding.ts'
import { fine, ill, unknown } from './finding.ts'
import type { Host } from './host.ts'

const NET = '/sys/class/net'
/** Fewer interrupts than that since the start tell nothing. */
const INTERRUPTS_FEW = 100_000
const SHARE_MAX = 0.8

interface Row {
  readonly irq: string
  readonly counts: readonly number[]
  readonly name: string
}

/** Rows of /proc/interrupts: a number, one count for each processor, and who asks for attention. */
const rowsOf = (text: string): Row[] => {
  const [head = '', ...lines] = text.split('\n')
  const processors = head.trim().split(/\s+/).length
  return lines.flatMap(line => {
    const match = /^\s*(\d+):\s*(.*)$/.exec(line)
    if (match === null) return []
    const fields = (match[2] ?? '').split(/\s+/)
    const counts = fields.slice(0, processors).map(Number)
    return [{ irq: match[1] ?? '', counts, name: fields.slice(processors).join(' ') }]
  })
}

/** Interrupts of one network card by processor. */
const countsOf = (host: Host, card: string, rows: readonly Row[]): number[] => {
  const own = new Set(host.list(`${NET}/${card}/device/msi_irqs`))
  const device = host.linkName(`${NET}/${card}/device`) ?? card
  const is = ({ irq, name }: Row): boolean =>
    own.has(irq) ||
    name
      .split(/[\s,]+/)
      .some(part => part === card || part.startsWith(`${card}-`) || part.startsWith(`${device}-`))
  return rows
    .filter(is)
    .reduce<number[]>((sums, { counts }) => counts.map((count, at) => count + (sums[at] ?? 0)), [])
}

/** Whether the kernel passes on packets of all queues to several processors (RPS). */
const isSpread = (host: Host, card: string): boolean => {
  const queues = host.list(`${NET}/${card}/queues`).filter(queue => queue.startsWith('rx-'))
  return (
    queues.length > 0 &&
    queues.every(queue => {
      const mask = host.read(`${NET}/${card}/queues/${queue}/rps_cpus`) ?? '0'
      return processorsIn(mask) > 1
    })
  )
}

/** Processors in a mask such as `ff,0000000f`. */
const processorsIn = (mask: string): number =>
  (mask.match(/[\da-f]/gi) ?? []).reduce((bits, digit) => {
    const value = Number.parseInt(digit, 16)
    return bits + [1, 2, 4, 8].filter(bit => (value & bit) !== 0).length
  }, 0)

const checkCard = (host: Host, card: string, rows: readonly Row[]): Finding => {
  const check = 'interrupts'
  const counts = countsOf(host, card, rows)
  const total = counts.reduce((sum, count) => sum + count, 0)
  const processors = counts.length
  if (processors === 0) return unknown(check, `${card}: the host does not tell its interrupts`)
  if (processors === 1) return fine(check, `${card}: there is one processor`)
  const most = Math.max(...counts)
  const share = total === 0 ? 0 : most / total
  const found = `${card}: processor ${counts.indexOf(most)} takes ${Math.round(share * 100)} % of ${total} interrupts`
  if (total < INTERRUPTS_FEW || share <= SHARE_MAX || isSpread(host, card))
    return fine(check, found)
  const mask = (2 ** Math.min(processors, 32) - 1).toString(16)
  return ill(check, 'warn', found, {
    why: 'That one processor handles all packets: it is full while others idle, and the gate that runs there starves.',
    mend: [
      'sudo systemctl enable --now irqbalance   # where the card has several queues',
      `echo ${mask} | sudo tee ${NET}/${card}/queues/rx-*/rps_cpus   # where it has one`,
    ],
  })
}

/** How interrupts of network cards spread over processors. */
export const checkInterrupts = (host: Host): Finding[] => {
  const text = host.read('/proc/interrupts')
  const cards = host.list(NET).filter(card => host.linkName(`${NET}/${card}/device`) !== undefined)
  if (text === undefined || cards.length === 0)
    return [unknown('interrupts', 'no network card is seen from here')]
  const rows = rowsOf(text)
  return cards.map(card => checkCard(host, card, rows))
}
