import { numberIn, textIn } from '../log/rows.ts'
import { keyEnd, keyPart, keySeq, type Table } from '../store/table.ts'
import { docOf, isOver, operationOf, type Note, type Operation } from './operation.ts'

/** A gate, or `*`: every one. */
type Claims = { readonly [gate: string]: string }

/** What runs: one document, so that two operations never both get a gate. */
interface Active {
  readonly rev: number
  readonly ids: readonly string[]
  readonly claims: Claims
}

/** Another operation has one of the gates. */
export class GateTaken extends Error {
  override readonly name = 'GateTaken'
  readonly operation: string

  constructor(gate: string, operation: string) {
    super(
      gate === ''
        ? `operation ${operation} is under way, and this one is about every gate`
        : `operation ${operation} is under way and has gate ${gate}`,
    )
    this.operation = operation
  }
}

/** The key was used for another operation. */
export class OtherRequest extends Error {
  override readonly name = 'OtherRequest'
}

export interface AuditEntry extends Note {
  /** Places it in the log: rises. */
  readonly id: string
  readonly operation: string
  readonly kind: string
}

/** A repeat of a request finds what the first one made. */
export interface RequestKey {
  /** '': it is not to be repeated. */
  readonly key: string
  readonly by: string
  /** Of what was asked for. */
  readonly digest: string
}

const ACTIVE = 'operations/active'
const ROWS = 'operations/by-id/'
const KEYS = 'operations/by-key/'
const AUDIT = 'audit/'
const TRIES = 50
/** Operations that are over, kept for the history. */
const KEPT = 500
const AUDIT_KEPT = 20_000
const TRIM_PAGE = 200

/**
 * Operations, as they are kept: `operations/by-id/<id>`, `operations/active` for those that run, and one
 * row of `audit/` for everything that happened. Whoever writes swaps, so nothing is overwritten unseen.
 */
export class OperationStore {
  readonly #table: Table

  constructor(table: Table) {
    this.#table = table
  }

  /** Throws {@link GateTaken} or {@link OtherRequest}. `again`: it is the one that this key made before. */
  async create(
    operation: Operation,
    claims: readonly string[],
    request: RequestKey,
  ): Promise<{ operation: Operation; again: boolean }> {
    const before = await this.made(request)
    if (before !== undefined) return { operation: before, again: true }
    const key = ROWS + operation.id
    await this.#table.insert([[{ key, doc: { ...docOf(operation), rev: 1 } }]])
    if (request.key !== '' && !(await this.#name(request, operation.id))) {
      await this.#table.remove([key])
      const first = await this.made(request)
      if (first !== undefined) return { operation: first, again: true }
    }
    try {
      await this.claim(operation.id, claims)
    } catch (error) {
      await this.#table.remove([key, keyOf(request)])
      throw error
    }
    return { operation: { ...operation, rev: 1 }, again: false }
  }

  async get(id: string): Promise<Operation | undefined> {
    const doc = await this.#table.get(ROWS + keyPart(id))
    return doc === undefined ? undefined : operationOf(doc)
  }

  /** Those that run, and those that are over and whose end is not told yet. */
  async active(): Promise<Operation[]> {
    const { ids } = await this.#active()
    const found = await Promise.all(ids.map(id => this.get(id)))
    return found.filter(operation => operation !== undefined)
  }

  /** The latest first; before the one with id `before`. */
  async list(limit: number, before = ''): Promise<Operation[]> {
    const to = before === '' ? keyEnd(ROWS) : ROWS + keyPart(before)
    const rows = await this.#table.range(ROWS, to, limit, true)
    return rows.map(({ doc }) => operationOf(doc))
  }

  /** Undefined: somebody else has written it since it was read. */
  async swap(operation: Operation): Promise<Operation | undefined> {
    const { id, rev } = operation
    const swapped = await this.#table.swap(ROWS + id, rev, docOf(operation))
    return swapped ? { ...operation, rev: rev + 1 } : undefined
  }

  /** Writes down what happened; the operation that comes back has no notes any more. */
  async tell(operation: Operation): Promise<Operation | undefined> {
    const { id, kind, notes, noted } = operation
    if (notes.length === 0) return operation
    await this.#table.insert(
      notes.map(({ at, by, text }, index) => {
        const entry = `${keySeq(at)}.${id}.${String(noted + index).padStart(6, '0')}`
        return [{ key: AUDIT + entry, doc: { operation: id, kind, at, by, text } }]
      }),
    )
    return this.swap({ ...operation, notes: [], noted: noted + notes.length })
  }

  /** Its gates are free again; `all`: it is over, and nothing has to be done for it any more. */
  async release(id: string, all: boolean): Promise<void> {
    await this.#change(({ ids, claims }) => ({
      ids: all ? ids.filter(each => each !== id) : ids,
      claims: Object.fromEntries(Object.entries(claims).filter(([, holder]) => holder !== id)),
    }))
  }

  /** The latest first; of one operation, where it is given. */
  async audit(
    limit: number,
    of: { before?: string; operation?: string } = {},
  ): Promise<AuditEntry[]> {
    const found: AuditEntry[] = []
    let to = of.before === undefined ? keyEnd(AUDIT) : AUDIT + keyPart(of.before)
    for (;;) {
      const rows = await this.#table.range(AUDIT, to, TRIM_PAGE, true)
      for (const { key, doc } of rows) {
        to = key
        const operation = textIn(doc, 'operation')
        if (of.operation !== undefined && operation !== of.operation) continue
        const [kind, by, text] = [textIn(doc, 'kind'), textIn(doc, 'by'), textIn(doc, 'text')]
        const at = numberIn(doc, 'at')
        found.push({ id: key.slice(AUDIT.length), operation, kind, at, by, text })
        if (found.length >= limit) return found
      }
      if (rows.length < TRIM_PAGE) return found
    }
  }

  /** Removes what is beyond the history that is kept. */
  async trim(): Promise<void> {
    const old = (await this.list(KEPT + TRIM_PAGE)).slice(KEPT).filter(isOver)
    await this.#table.remove(old.map(({ id }) => ROWS + id))
    const rows = await this.#table.range(AUDIT, keyEnd(AUDIT), AUDIT_KEPT + TRIM_PAGE, true)
    await this.#table.remove(rows.slice(AUDIT_KEPT).map(({ key }) => key))
  }

  /** What this key made before. Throws {@link OtherRequest}. */
  async made(request: RequestKey): Promise<Operation | undefined> {
    if (request.key === '') return undefined
    const doc = await this.#table.get(keyOf(request))
    if (doc === undefined) return undefined
    if (textIn(doc, 'digest') !== request.digest) throw new OtherRequest()
    return this.get(textIn(doc, 'operation'))
  }

  async #name(request: RequestKey, operation: string): Promise<boolean> {
    const doc = { operation, digest: request.digest }
    const [inserted] = await this.#table.insert([[{ key: keyOf(request), doc }]])
    return inserted === 1
  }

  /** Throws {@link GateTaken}; it becomes one that runs. */
  async claim(id: string, gates: readonly string[]): Promise<void> {
    try {
      await this.#claim(id, gates)
    } catch (error) {
      if (!(error instanceof GateTaken)) throw error
      const holder = await this.get(error.operation)
      if (holder !== undefined && !isOver(holder)) throw error
      // It is over, only nobody has come to clear up behind it.
      await this.release(error.operation, holder === undefined)
      await this.claim(id, gates)
    }
  }

  #claim(id: string, gates: readonly string[]): Promise<void> {
    return this.#change(({ ids, claims }) => {
      const other = Object.values(claims).find(holder => holder !== id)
      if (gates.includes('*') && other !== undefined) throw new GateTaken('', other)
      for (const gate of gates) {
        const holder = claims[gate] ?? claims['*']
        if (holder !== undefined && holder !== id) throw new GateTaken(gate, holder)
      }
      const mine = Object.fromEntries(gates.map(gate => [gate, id]))
      return { ids: [...ids.filter(each => each !== id), id], claims: { ...claims, ...mine } }
    })
  }

  async #change(next: (active: Active) => Omit<Active, 'rev'>): Promise<void> {
    for (let tries = 0; tries < TRIES; tries++) {
      const active = await this.#active()
      const { ids, claims } = next(active)
      const doc = { ids: JSON.stringify(ids), claims: JSON.stringify(claims) }
      if (await this.#table.swap(ACTIVE, active.rev, doc)) return
    }
    throw new Error(`${ACTIVE} was changed by others ${TRIES} times in a row`)
  }

  async #active(): Promise<Active> {
    const doc = await this.#table.get(ACTIVE)
    return {
      rev: numberIn(doc, 'rev'),
      ids: JSON.parse(textIn(doc, 'ids') || '[]'),
      claims: JSON.parse(textIn(doc, 'claims') || '{}'),
    }
  }
}

const keyOf = ({ key, by }: RequestKey): string => `${KEYS}${keyPart(by)}/${keyPart(key)}`
