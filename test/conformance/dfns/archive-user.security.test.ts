/**
 * `DELETE /auth/users/{userId}`: whom it refuses, and that it then changes nothing.
 */
import { describeCallers } from '../../support/refusals.ts'
import { describeUserActions } from '../../support/user-action-refusals.ts'
import { ARCHIVE } from './routes.ts'

describeCallers(ARCHIVE)
describeUserActions(ARCHIVE)
