/**
 * `PUT /auth/users/{userId}`: who cannot be updated. Faults of its input are in bad-input.test.ts.
 */
import { UPDATE } from './routes.ts'
import { describeDfnsTargets } from './targets.ts'

describeDfnsTargets(UPDATE)
