/**
 * `GET /v1/users`: whom it refuses, and that it then changes nothing.
 */
import { describeCallers } from '../../support/refusals.ts'
import { LIST } from './routes.ts'

describeCallers(LIST)
