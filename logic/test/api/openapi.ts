import { Ajv2020 } from 'ajv/dist/2020.js'
import type { Test } from 'tap'

interface Media {
  readonly schema?: object
}
interface Operation {
  readonly operationId?: string
  readonly responses: Readonly<
    Record<
      string,
      { readonly description: string; readonly content?: Readonly<Record<string, Media>> }
    >
  >
}
export interface Document {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, object>> }
}

/** What has tests of its own. */
export const ELSEWHERE: readonly string[] = [
  '/v1/audit',
  '/v1/bus/groups',
  '/v1/bus/groups/{group}/dead-letters',
  '/v1/bus/groups/{group}/dead-letters/purge',
  '/v1/bus/groups/{group}/dead-letters/replay',
  '/v1/bus/groups/{group}/seek',
  '/v1/bus/subscriptions',
  '/v1/bus/subscriptions/{name}',
  '/v1/bus/topics',
  '/v1/bus/topics/{topic}',
  '/v1/bus/topics/{topic}/records',
  '/v1/c2s-routes',
  '/v1/c2s-routes/{appcode}/{msgtype}',
  '/v1/gates/{id}/drain',
  '/v1/history',
  '/v1/messages/{msgid}',
  '/v1/networks',
  '/v1/operations',
  '/v1/operations/{id}',
  '/v1/operations/{id}/commands',
  '/v1/operations/{id}/events',
  '/v1/rebalances',
  '/v1/releases',
]

/** Checks real responses against the document that the node serves. */
export class OpenApi {
  readonly document: Document
  /** `METHOD path status` of everything that was checked. */
  readonly seen = new Set<string>()
  readonly #ajv: Ajv2020

  constructor(document: Document) {
    this.document = document
    this.#ajv = new Ajv2020({
      strict: false,
      allErrors: true,
      formats: { 'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/ },
    })
    this.#ajv.addSchema(document, 'openapi')
  }

  /** `path` as in the document. Returns the body. */
  async check(t: Test, response: Response, method: string, path: string): Promise<unknown> {
    const label = `${method} ${path} ${response.status}`
    this.seen.add(label)
    const text = await response.text()
    const content =
      this.document.paths[path]?.[method.toLowerCase()]?.responses[response.status]?.content
    const type = (response.headers.get('content-type') ?? '').split(';')[0] ?? ''
    if (content?.[type] === undefined) {
      t.fail(`${label} as ${type} is not in the document`)
      return text
    }
    const body: unknown = type.endsWith('json') ? JSON.parse(text) : text
    const pointer = [
      'paths',
      path,
      method.toLowerCase(),
      'responses',
      `${response.status}`,
      'content',
      type,
      'schema',
    ]
    const validate = this.#ajv.compile({ $ref: `openapi#/${pointer.map(escape).join('/')}` })
    if (!validate(body))
      t.fail(`${label} is not as documented: ${this.#ajv.errorsText(validate.errors)}`, { body })
    return body
  }

  /** Every `METHOD path status` in the document. */
  documented(): string[] {
    return Object.entries(this.document.paths).flatMap(([path, operations]) =>
      Object.entries(operations).flatMap(([method, { responses }]) =>
        Object.keys(responses).map(status => `${method.toUpperCase()} ${path} ${status}`),
      ),
    )
  }
}

const escape = (part: string): string =>
  encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))
