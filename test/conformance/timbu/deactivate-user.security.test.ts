/**
 * `PUT /users/{user_id}/deactivate`: whom it refuses, and that it then changes nothing.
 */
import { describeCallers } from '../../support/refusals.ts'
import { describeUserActions } from '../../support/user-action-refusals.ts'
import { DEACTIVATE } from './routes.ts'

describeCallers(DEACTIVATE)
describeUserActions(DEACTIVATE)
