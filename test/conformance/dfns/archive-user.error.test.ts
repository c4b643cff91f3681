/**
 * `DELETE /auth/users/{userId}`: who cannot be archived. That it changes nothing, the kits assert.
 */
import { describeGuards } from '../../support/guards.ts'
import { ARCHIVE } from './routes.ts'
import { describeDfnsTargets } from './targets.ts'

describeDfnsTargets(ARCHIVE)
describeGuards(ARCHIVE)
