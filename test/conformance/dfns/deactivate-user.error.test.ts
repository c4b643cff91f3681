/**
 * `PUT /auth/users/{userId}/deactivate`: who cannot be deactivated. That it changes nothing, the kits assert.
 */
import { describeGuards } from '../../support/guards.ts'
import { DEACTIVATE } from './routes.ts'
import { describeDfnsTargets } from './targets.ts'

describeDfnsTargets(DEACTIVATE)
describeGuards(DEACTIVATE)
