/**
 * `POST /v1/users/{userId}/suspend`: whom it refuses, and that it then changes nothing.
 */
import { describeCallers } from '../../support/refusals.ts'
import { describeUserActions } from '../../support/user-action-refusals.ts'
import { SUSPEND } from './routes.ts'

describeCallers(SUSPEND)
describeUserActions(SUSPEND)
