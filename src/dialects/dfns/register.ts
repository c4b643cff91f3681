/**
 * `POST /auth/registration/init` and `POST /auth/registration`: a new user's first credential, by the code that its
 * administrator was told.
 */
import { z } from '@hono/zod-openapi'
import { completeRegistration, initiateRegistration } from '../../auth/registration-flow.ts'
import { createRegistrantVerifier } from '../../auth/registration-token.ts'
import { succeed } from '../../core/result.ts'
import { NOTHING } from '../../http/input.ts'
import { defineOperation, type Operation } from '../../http/operation.ts'
import { CALLER_REASONS, type Services } from '../dialect.ts'
import { anybody, BY_REGISTRATION_TOKEN } from './authenticate.ts'
import {
  CREDENTIAL_KIND,
  CREDENTIAL_NAME,
  readAttestation,
  WIRE_ATTESTATION,
  WIRE_CREATION,
  writeCreation,
} from './credential-schema.ts'

const KINDS = ['Key', 'Fido2'] as const

const RegistrationChallengeBody = z
  .strictObject({
    orgId: z.string().min(1).max(64).openapi({ description: 'Id of the organization.' }),
    username: z.string().min(1).max(256).openapi({ description: 'Username, in any case.' }),
    registrationCode: z
      .string()
      .min(1)
      .max(128)
      .openapi({ description: 'The code that the administrator was told.' }),
  })
  .openapi('RegistrationChallengeBody')

const RegistrationChallenge = z
  .object({
    ...WIRE_CREATION,
    temporaryAuthenticationToken: z
      .string()
      .openapi({ description: 'Bearer of `POST /auth/registration`; good for one use.' }),
    supportedCredentialKinds: z.object({
      firstFactor: z.array(CREDENTIAL_KIND),
      secondFactor: z.array(CREDENTIAL_KIND),
    }),
    otpUrl: z.string().openapi({ description: 'Always empty.' }),
  })
  .openapi('RegistrationChallenge')

const RegistrationBody = z
  .strictObject({
    firstFactorCredential: z.strictObject({
      ...WIRE_ATTESTATION,
      credentialName: CREDENTIAL_NAME.optional(),
    }),
  })
  .openapi('RegistrationBody')

const RegistrationAnswer = z
  .object({
    credential: z.object({ uuid: z.string(), kind: CREDENTIAL_KIND, name: z.string() }),
    user: z.object({ id: z.string(), username: z.string(), orgId: z.string() }),
  })
  .openapi('RegistrationAnswer')

/** Declares the first half of a registration. */
export const initiateUserRegistration = (services: Services): Operation =>
  defineOperation({
    id: 'createRegistrationChallenge',
    method: 'post',
    path: '/auth/registration/init',
    summary: 'Create User Registration Challenge',
    description: 'Hands out a challenge to whoever has the code of a new user.',
    tag: 'Registration',
    security: [],
    isSigning: true,
    input: { params: NOTHING, query: NOTHING, body: RegistrationChallengeBody },
    answer: { description: 'The challenge.', schema: RegistrationChallenge },
    reasons: ['registration_refused', 'registration_code_expired', 'dialect_off'],
    authenticate: anybody,
    run: async ({ body, context }) => {
      const { registration } = services
      const { orgId: organizationId, username, registrationCode: code } = body
      const named = { organizationId, username, code }
      const challenge = await initiateRegistration(registration, named, context.now)
      if (!challenge.ok) return challenge
      const { user, challenge: text, token } = challenge.value
      return succeed({
        body: {
          ...writeCreation(user, text, registration.relyingParty, []),
          temporaryAuthenticationToken: token,
          supportedCredentialKinds: { firstFactor: KINDS, secondFactor: [] },
          otpUrl: '',
        },
      })
    },
  })

/**
 * Declares the second half of a registration. A second factor and a recovery key are refused as unknown: whoever sends
 * one expects it to work.
 */
export const completeUserRegistration = (services: Services): Operation =>
  defineOperation({
    id: 'register',
    method: 'post',
    path: '/auth/registration',
    summary: 'Complete User Registration',
    description: 'Registers the first credential of a user, who can log in with it at once.',
    tag: 'Registration',
    security: BY_REGISTRATION_TOKEN,
    isSigning: true,
    input: { params: NOTHING, query: NOTHING, body: RegistrationBody },
    answer: { description: 'The user and its credential.', schema: RegistrationAnswer },
    reasons: [
      ...CALLER_REASONS,
      'dialect_off',
      'challenge_invalid',
      'credential_invalid',
      'credential_taken',
      'too_many_credentials',
    ],
    authenticate: createRegistrantVerifier(services.registration),
    run: async ({ sender, body, context }) => {
      const { credentialName, ...attested } = body.firstFactorCredential
      const first = {
        attestation: readAttestation(attested),
        name: credentialName ?? 'First credential',
      }
      const done = await completeRegistration(services.registration, sender, first, context)
      if (!done.ok) return done
      const { user, credential } = done.value
      return succeed({
        body: {
          credential: { uuid: credential.id, kind: credential.kind, name: credential.name },
          user: { id: user.id, username: user.username, orgId: user.organizationId },
        },
      })
    },
  })
