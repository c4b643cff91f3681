/**
 * `POST /v1/users`: whom it refuses, and that it then changes nothing.
 */
import { describeCallers } from '../../support/refusals.ts'
import { describeUserActions } from '../../support/user-action-refusals.ts'
import { CREATE } from './routes.ts'

describeCallers(CREATE)
describeUserActions(CREATE)
