/**
 * `GET /v1/auth/me`: whom it refuses, and that it answers everybody else.
 */
import { describeOpenRoute } from '../../support/refusals.ts'
import { ME } from './routes.ts'

describeOpenRoute(ME)
