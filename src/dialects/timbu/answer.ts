/**
 * Results -> answers of this dialect.
 */
import type { Refusal } from '../../core/refusal.ts'
import { succeed, type Result } from '../../core/result.ts'
import type { User } from '../../core/user.ts'
import type { Answer } from '../../http/operation.ts'

/** Answers that it is done, and nothing of the user: so says the contract. */
export const answerSuccess = (result: Result<User, Refusal>): Result<Answer, Refusal> =>
  result.ok ? succeed({ body: { message: 'success' } }) : result
