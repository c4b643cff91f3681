/**
 * `PUT /users/{user_id}/activate`: who cannot be activated. That it changes nothing, the kit asserts.
 */
import { ACTIVATE } from './routes.ts'
import { describeTimbuTargets } from './targets.ts'

describeTimbuTargets(ACTIVATE)
