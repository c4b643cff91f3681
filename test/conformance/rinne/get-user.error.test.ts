/**
 * `GET /v1/users/{userId}`: who cannot be read.
 */
import { describeTargets } from '../../support/targets.ts'
import { GET } from './routes.ts'

describeTargets(GET)
