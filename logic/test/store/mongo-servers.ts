export interface MongoServer {
  readonly name: string
  readonly url: string
  /** Whether keys are in UTF-8 order beyond the basic plane. */
  readonly ordersAstral: boolean
  /** Why it cannot be tested here. */
  readonly skip: string | undefined
}

const server = (name: string, ordersAstral: boolean): MongoServer => {
  const url = process.env[name] ?? ''
  return {
    name,
    url,
    ordersAstral,
    skip: url === '' ? `${name} is not set (mongodb://…)` : undefined,
  }
}

/** MongoDB, or what stands in for it, where the environment names one. */
export const mongoServers: readonly MongoServer[] = [
  server('LONGWIRE_TEST_MONGO', false),
  server('LONGWIRE_TEST_MONGO_2', true),
]
