/**
 * `POST /v1/users/{userId}/activate`: who cannot be activated. That it changes nothing, the kit asserts.
 */
import { describeTargets } from '../../support/targets.ts'
import { ACTIVATE } from './routes.ts'

describeTargets(ACTIVATE)
