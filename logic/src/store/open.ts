import type * as Lmdb from './lmdb.ts'
import type * as Mongo from './mongo.ts'

// A driver is loaded where it is used: that of MongoDB alone takes 12 MB, and gates, of which there are many, use none.

export const openLmdb: typeof Lmdb.openLmdb = async (...args) =>
  (await import('./lmdb.ts')).openLmdb(...args)

export const openMongo: typeof Mongo.openMongo = async (...args) =>
  (await import('./mongo.ts')).openMongo(...args)
