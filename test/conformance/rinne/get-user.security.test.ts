/**
 * `GET /v1/users/{userId}`: whom it refuses, and that it then changes nothing.
 */
import { describeCallers } from '../../support/refusals.ts'
import { GET } from './routes.ts'

describeCallers(GET)
