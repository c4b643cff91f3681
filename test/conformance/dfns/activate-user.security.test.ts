/**
 * `PUT /auth/users/{userId}/activate`: whom it refuses, and that it then changes nothing.
 */
import { describeCallers } from '../../support/refusals.ts'
import { describeUserActions } from '../../support/user-action-refusals.ts'
import { ACTIVATE } from './routes.ts'

describeCallers(ACTIVATE)
describeUserActions(ACTIVATE)
