import { Type, type TInteger, type TOptional, type TString } from '@sinclair/typebox'

const ADDRESS = '^(\\[[0-9a-fA-F:]+\\]|[^:\\s]+):\\d{1,5}$'
const ADDRESS_OR_OFF = `^off$|${ADDRESS}`

export const text = (description: string, fallback?: string): TString =>
  Type.String({ description, ...(fallback === undefined ? {} : { default: fallback }) })
export const address = (description: string, fallback: string): TString =>
  Type.String({
    description: `${description}: host:port; port 0 picks a free one`,
    pattern: ADDRESS,
    default: fallback,
  })
export const listener = (description: string, fallback: string): TString =>
  Type.String({
    description: `${description}: host:port, or off`,
    pattern: ADDRESS_OR_OFF,
    default: fallback,
  })
export const advertised = (description: string): TOptional<TString> =>
  Type.Optional(Type.String({ description, pattern: ADDRESS, examples: ['10.0.0.7:7003'] }))
export const whole = (description: string, fallback: number, minimum = 1): TInteger =>
  Type.Integer({ description, minimum, default: fallback })
