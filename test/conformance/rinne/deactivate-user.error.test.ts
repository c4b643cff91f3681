/**
 * `POST /v1/users/{userId}/suspend`: who cannot be suspended. That it changes nothing, the kits assert.
 */
import { describeGuards } from '../../support/guards.ts'
import { describeTargets } from '../../support/targets.ts'
import { SUSPEND } from './routes.ts'

describeTargets(SUSPEND)
describeGuards(SUSPEND)
