import t from 'tap'
import { memoryRoutes } from '../../src/routes/memory.ts'
import { routesContract } from '../contract/routes.ts'

routesContract(t, { make: memoryRoutes })
