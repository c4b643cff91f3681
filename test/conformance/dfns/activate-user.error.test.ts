/**
 * `PUT /auth/users/{userId}/activate`: what cannot be activated. That it changes nothing, the kit asserts.
 */
import { ACTIVATE } from './routes.ts'
import { describeDfnsTargets } from './targets.ts'

describeDfnsTargets(ACTIVATE)
