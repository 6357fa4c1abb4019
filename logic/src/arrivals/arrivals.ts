import type { Clock, Logger, Metrics, NodeInfo, Timer } from '@longwire/kit'
import { nodeId } from '@longwire/kit'
import { type RaiseRow, type Table, TableUnavailable } from '../store/table.ts'
import { ArrivalClasses } from './classes.ts'
import {
  arrivalKey,
  BUCKET_MS,
  bucketOf,
  readArrivals,
  removeOld,
  type ArrivalNumbers,
  type ArrivalQuery,
} from './rows.ts'
import { STAGES, type Counted } from './stages.ts'

export interface ArrivalsOptions {
  readonly table: Table
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  readonly node: NodeInfo
}

const FLUSH_MS = 5_000
/** Pairs of bucket and class of which this node writes the numbers. */
const CELLS_MAX = 4_096
/** Written in one go. */
const ROWS_MAX = 1_000
const NONE = -1

/**
 * How messages arrive, by business, appcode and msgtype: counted in arrays, by the time at which the message
 * was accepted, and written to the table every {@link FLUSH_MS} where something changed.
 *
 * A row holds the totals of this node for one bucket and class, so that writing it again does no harm. A
 * process that is killed loses what it counted since its last write.
 */
export class Arrivals {
  readonly #options: ArrivalsOptions
  readonly #classes = new ArrivalClasses()
  /** Since the start, by class. */
  #totals: Float64Array = new Float64Array(STAGES.length * 64)
  /** Index of the cell of a bucket and class. */
  readonly #cells = new Map<number, number>()
  readonly #sums: Float64Array = new Float64Array(CELLS_MAX * STAGES.length)
  readonly #bucket: Float64Array = new Float64Array(CELLS_MAX)
  readonly #class: Uint16Array = new Uint16Array(CELLS_MAX)
  readonly #isDirty: Uint8Array = new Uint8Array(CELLS_MAX)
  #dirty: number[] = []
  /** Last rows of the era before. */
  #closing: RaiseRow[] = []
  /** Rows of one era are never continued by another: their cells have been forgotten. */
  #era = 0
  #lastKey = NONE
  #lastCell = NONE
  #uncounted = 0
  #timer: Timer | undefined
  #writing: Promise<void> | undefined
  #sweptBucket = 0
  #stopped = false

  constructor(options: ArrivalsOptions) {
    this.#options = options
    const { metrics } = options
    metrics.series(
      'longwire_logic_arrivals_total',
      'Messages by what became of them; appcode 0: to all ends, msgtype other: beyond 256 of a business',
      ['business', 'appcode', 'msgtype', 'stage'],
      emit => this.#emit(emit),
    )
    metrics.gauge(
      'longwire_logic_arrivals_uncounted',
      'Events that are in the totals, but not in the statistics by time',
      () => this.#uncounted,
    )
  }

  /** `stage` is one of STAGE; `acceptedAt`: ms since 1970. A message of no business is not counted. */
  count(stage: number, message: Counted, acceptedAt: number): void {
    if (message.business === '') return
    const id = this.#classes.idOf(message.business, message.appcode, message.msgtype)
    const total = id * STAGES.length + stage
    if (total >= this.#totals.length) this.#totals = doubled(this.#totals)
    this.#totals[total] = this.#totals[total]! + 1
    const cell = this.#cellOf(bucketOf(acceptedAt), id)
    if (cell === NONE) {
      this.#uncounted++
      return
    }
    const at = cell * STAGES.length + stage
    this.#sums[at] = this.#sums[at]! + 1
    if (this.#isDirty[cell] === 1) return
    this.#isDirty[cell] = 1
    this.#dirty.push(cell)
    this.#arm()
  }

  /** Writes what was counted; rejects where the table does not answer, and then it is written later. */
  async flush(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing
    this.#writing = this.#write().finally(() => {
      this.#writing = undefined
      if (this.#cells.size > CELLS_MAX / 2) this.#forget()
      if (this.#dirty.length + this.#closing.length > 0) this.#arm()
    })
    await this.#writing
  }

  /** By the beginning of the bucket, in no order; what this node has counted is in it. */
  async read(query: ArrivalQuery): Promise<Map<number, ArrivalNumbers>> {
    await this.flush()
    return readArrivals(this.#options.table, query)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#timer?.cancel()
    await this.flush().catch((error: unknown) => this.#failed(error))
  }

  #cellOf(bucket: number, id: number): number {
    const key = (bucket / BUCKET_MS) * CLASS_IDS + id
    if (key === this.#lastKey) return this.#lastCell
    let cell = this.#cells.get(key)
    if (cell === undefined) {
      if (this.#cells.size === CELLS_MAX && !this.#forget()) return NONE
      cell = this.#cells.size
      this.#cells.set(key, cell)
      this.#bucket[cell] = bucket
      this.#class[cell] = id
    }
    this.#lastKey = key
    this.#lastCell = cell
    return cell
  }

  /** Begins an era; what is not written of this one goes first. False where that of the one before is not written either. */
  #forget(): boolean {
    if (this.#closing.length > 0 || this.#writing !== undefined) return false
    this.#closing = this.#dirty.map(cell => this.#rowOf(cell))
    for (const cell of this.#dirty) this.#isDirty[cell] = 0
    this.#dirty = []
    this.#era++
    this.#cells.clear()
    this.#sums.fill(0)
    this.#lastKey = NONE
    return true
  }

  #arm(): void {
    if (this.#timer !== undefined || this.#stopped) return
    this.#timer = this.#options.clock.after(FLUSH_MS, () => {
      this.#timer = undefined
      this.flush()
        .then(() => this.#sweep())
        .catch((error: unknown) => this.#failed(error))
    })
  }

  async #write(): Promise<void> {
    if (this.#closing.length > 0) {
      await this.#options.table.raise(this.#closing)
      this.#closing = []
    }
    const due = this.#dirty
    this.#dirty = []
    for (let from = 0; from < due.length; from += ROWS_MAX) {
      const cells = due.slice(from, from + ROWS_MAX)
      const rows = cells.map(cell => this.#rowOf(cell))
      // What is counted from now on is for the next flush: under load a row is out of date at once.
      for (const cell of cells) this.#isDirty[cell] = 0
      try {
        await this.#options.table.raise(rows)
      } catch (error) {
        this.#putOff(cells)
        this.#dirty.push(...due.slice(from + ROWS_MAX))
        throw error
      }
    }
  }

  /** Cells that were not written, and are not on the list again by now. */
  #putOff(cells: readonly number[]): void {
    for (const cell of cells) {
      if (this.#isDirty[cell] === 1) continue
      this.#isDirty[cell] = 1
      this.#dirty.push(cell)
    }
  }

  #rowOf(cell: number): RaiseRow {
    const fields: Record<string, number> = {}
    for (const [stage, name] of STAGES.entries())
      fields[name] = this.#sums[cell * STAGES.length + stage]!
    const writer = `${nodeId(this.#options.node)}.${this.#era}`
    return {
      key: arrivalKey(this.#bucket[cell]!, this.#classes.at(this.#class[cell]!), writer),
      fields,
    }
  }

  /** Once in a bucket's time: what is older than anybody may ask for goes. */
  async #sweep(): Promise<void> {
    const { clock, table } = this.#options
    const bucket = bucketOf(clock.now())
    if (bucket === this.#sweptBucket) return
    this.#sweptBucket = bucket
    await removeOld(table, clock.now())
  }

  #failed(error: unknown): void {
    if (error instanceof TableUnavailable) return
    this.#options.logger.error({ err: error }, 'writing arrival statistics failed')
  }

  #emit(emit: (labels: Readonly<Record<string, string | number>>, value: number) => void): void {
    for (let id = 0; id < this.#classes.size; id++) {
      const { business, appcode, msgtype } = this.#classes.at(id)
      for (const [index, stage] of STAGES.entries()) {
        const value = this.#totals[id * STAGES.length + index] ?? 0
        if (value > 0)
          emit({ business, appcode, msgtype: msgtype < 0 ? 'other' : msgtype, stage }, value)
      }
    }
  }
}

const CLASS_IDS = 2 ** 16
const doubled = (from: Float64Array): Float64Array => {
  const into = new Float64Array(from.length * 2)
  into.set(from)
  return into
}
