/**
 * Results -> answers of this dialect.
 */
import type { Refusal } from '../../core/refusal.ts'
import { succeed, type Result } from '../../core/result.ts'
import type { User } from '../../core/user.ts'
import type { Answer } from '../../http/operation.ts'
import { writeUser } from './schema.ts'

/** Answers with a user. */
export const answerUser = (result: Result<User, Refusal>): Result<Answer, Refusal> =>
  result.ok ? succeed({ body: writeUser(result.value) }) : result
