/**
 * `PUT /users/{user_id}/deactivate`: who cannot be deactivated. That it changes nothing, the kits assert.
 */
import { describeGuards } from '../../support/guards.ts'
import { DEACTIVATE } from './routes.ts'
import { describeTimbuTargets } from './targets.ts'

describeTimbuTargets(DEACTIVATE)
describeGuards(DEACTIVATE)
