/**
 * `GET /auth/users/{userId}`: who cannot be read. Faults of its input are in bad-input.test.ts.
 */
import { GET } from './routes.ts'
import { describeDfnsTargets } from './targets.ts'

describeDfnsTargets(GET)
