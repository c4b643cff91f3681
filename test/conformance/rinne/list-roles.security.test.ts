/**
 * `GET /v1/roles`: whom it refuses, and that it then changes nothing.
 */
import { describeCallers } from '../../support/refusals.ts'
import { LIST_ROLES } from './routes.ts'

describeCallers(LIST_ROLES)
