/**
 * `PUT /auth/logout`: whom it refuses. It asks for no power and no user action: it takes but the token it came with.
 */
import { describeUnusableCallers } from '../../support/refusals.ts'
import { DFNS_REFUSALS } from './answers.ts'

describeUnusableCallers({
  name: 'PUT /auth/logout',
  powers: {},
  isChange: false,
  target: null,
  prepare: () => ({ method: 'PUT', path: '/auth/logout' }),
  expectations: DFNS_REFUSALS,
})
