/**
 * `GET /auth/credentials`: what the caller logs in and signs with.
 */
import { z } from '@hono/zod-openapi'
import { authorizeCaller } from '../../core/access.ts'
import { succeed } from '../../core/result.ts'
import { EMPTY_BODY, NOTHING } from '../../http/input.ts'
import { defineOperation, type Operation } from '../../http/operation.ts'
import { CALLER_REASONS, type Services } from '../dialect.ts'
import { BY_TOKEN, OF_ITSELF } from './authenticate.ts'
import { WireCredential, writeCredential } from './credential-schema.ts'

const CredentialList = z.object({ items: z.array(WireCredential) }).openapi('CredentialList')

/** Declares the listing of one's own credentials, inactive ones too; those of personal access tokens are theirs. */
export const listCredentials = (services: Services): Operation =>
  defineOperation({
    id: 'listCredentials',
    method: 'get',
    path: '/auth/credentials',
    summary: 'List Credentials',
    description: 'Reads the credentials of the caller, oldest first.',
    tag: 'Credentials',
    security: BY_TOKEN,
    input: { params: NOTHING, query: NOTHING, body: EMPTY_BODY },
    answer: { description: 'The credentials.', schema: CredentialList },
    reasons: [...CALLER_REASONS, 'dialect_off'],
    authenticate: services.verifyBearer,
    run: async ({ sender }) => {
      const read = await services.accounts.readCredentials(sender)
      const caller = authorizeCaller(sender, { ...OF_ITSELF, isMutation: false }, read)
      return caller.ok
        ? succeed({ body: { items: read.credentials.map(writeCredential) } })
        : caller
    },
  })
