/**
 * `PUT /auth/credentials/activate` and `PUT /auth/credentials/deactivate`: one of the caller's own credentials.
 */
import { z } from '@hono/zod-openapi'
import { decideSwitchCredential } from '../../core/switch-credential.ts'
import { NOTHING } from '../../http/input.ts'
import { defineOperation, type Operation } from '../../http/operation.ts'
import { CHANGE_HEADERS } from '../../http/request-headers.ts'
import { runChange, type Services } from '../dialect.ts'
import { BY_TOKEN_AND_ACTION, OF_ITSELF, OWN_CHANGE_REASONS } from './authenticate.ts'
import { WireMessage } from './schema.ts'

const SwitchCredentialBody = z
  .strictObject({
    credentialUuid: z
      .string()
      .min(1)
      .max(64)
      .openapi({ description: '`credentialUuid` of one of the credentials of the caller.' }),
  })
  .openapi('SwitchCredentialBody')

const declareSwitch = (
  services: Services,
  isActive: boolean,
  page: { readonly id: string; readonly summary: string; readonly description: string },
): Operation =>
  defineOperation({
    ...page,
    method: 'put',
    path: `/auth/credentials/${isActive ? 'activate' : 'deactivate'}`,
    tag: 'Credentials',
    security: BY_TOKEN_AND_ACTION,
    input: { params: NOTHING, query: NOTHING, body: SwitchCredentialBody, headers: CHANGE_HEADERS },
    answer: { description: 'The credential is as it was asked for.', schema: WireMessage },
    reasons: [
      ...OWN_CHANGE_REASONS,
      'credential_not_found',
      ...(isActive ? [] : (['last_credential'] as const)),
    ],
    authenticate: services.verifyBearer,
    run: (request) =>
      runChange(services, request, null, {
        rule: OF_ITSELF,
        isOfCaller: true,
        decide: ({ user }, { credentials }) => {
          const { credentialUuid: credentialId } = request.body
          const wanted = { credentialId, isActive }
          return decideSwitchCredential(user, credentials, wanted, request.context.now)
        },
        write: () => ({ message: 'success' }),
      }),
  })

/** Declares switching a credential on again. */
export const activateCredential = (services: Services): Operation =>
  declareSwitch(services, true, {
    id: 'activateCredential',
    summary: 'Activate Credential',
    description: 'Lets a credential of the caller log in and sign again. Needs a user action.',
  })

/** Declares switching a credential off; the last active one stays on. */
export const deactivateCredential = (services: Services): Operation =>
  declareSwitch(services, false, {
    id: 'deactivateCredential',
    summary: 'Deactivate Credential',
    description:
      'Keeps a credential of the caller from logging in and signing. Needs a user action; refused for the last one.',
  })
