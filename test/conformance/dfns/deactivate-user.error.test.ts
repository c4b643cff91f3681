/**
 * `PUT /auth/users/{userId}/deactivate`: who cannot be deactivated. That it changes nothing, the kits assert.
 */
import { describeGuards } from './guards.ts'
import { DEACTIVATE } from './routes.ts'
import { describeTargets } from './targets.ts'

describeTargets(DEACTIVATE)
describeGuards(DEACTIVATE)
