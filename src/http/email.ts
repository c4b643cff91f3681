/**
 * Email addresses in bodies, where a contract leaves open what one is.
 */
import { z } from '@hono/zod-openapi'
import { isEmailAddress } from '../core/email-address.ts'

/** Takes an address as the schema library does, within what is stored; the first fault is the one that is named. */
export const EMAIL = z
  .email({ abort: true })
  .max(254, { abort: true })
  .refine(isEmailAddress, 'has more than 64 characters before its @')
