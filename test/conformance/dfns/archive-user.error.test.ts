/**
 * `DELETE /auth/users/{userId}`: who cannot be archived. That it changes nothing, the kits assert.
 */
import { describeGuards } from './guards.ts'
import { ARCHIVE } from './routes.ts'
import { describeTargets } from './targets.ts'

describeTargets(ARCHIVE)
describeGuards(ARCHIVE)
