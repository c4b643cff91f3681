/**
 * `POST /auth/credentials/init` and `POST /auth/credentials`: one more credential for the caller, which an existing
 * one signs for.
 */
import { z } from '@hono/zod-openapi'
import {
  createAttestedCredential,
  type Attestation,
  type CredentialLabel,
} from '../../auth/new-credential.ts'
import {
  issueRegistrationToken,
  verifyRegistrationToken,
  type RegistrationToken,
} from '../../auth/registration-token.ts'
import { challengeInvalid } from '../../auth/spend-challenge.ts'
import { authorizeCaller } from '../../core/access.ts'
import type { NewCredential } from '../../core/change.ts'
import type { Consumption } from '../../core/ports.ts'
import type { Refusal } from '../../core/refusal.ts'
import { decideRegisterCredential } from '../../core/register-credential.ts'
import { fail, succeed, type Result } from '../../core/result.ts'
import { NOTHING } from '../../http/input.ts'
import { defineOperation, type Operation } from '../../http/operation.ts'
import { CHANGE_HEADERS } from '../../http/request-headers.ts'
import { CALLER_REASONS, runChange, type Services } from '../dialect.ts'
import { BY_TOKEN, BY_TOKEN_AND_ACTION, OF_ITSELF, OWN_CHANGE_REASONS } from './authenticate.ts'
import {
  CREDENTIAL_KIND,
  CREDENTIAL_NAME,
  readAttestation,
  WIRE_ATTESTATION,
  WIRE_CREATION,
  WireCredential,
  writeCreation,
  writeCredential,
} from './credential-schema.ts'
import { COMPACT_JWS } from './signing-schema.ts'

const CredentialChallengeBody = z
  .strictObject({ kind: CREDENTIAL_KIND.openapi({ description: 'What is to be registered.' }) })
  .openapi('CredentialChallengeBody')

const CredentialChallenge = z
  .object({
    kind: CREDENTIAL_KIND,
    challengeIdentifier: z
      .string()
      .openapi({ description: 'JWT that names the challenge; good for one use.' }),
    ...WIRE_CREATION,
  })
  .openapi('CredentialChallenge')

const CreateCredentialBody = z
  .strictObject({
    ...WIRE_ATTESTATION,
    credentialName: CREDENTIAL_NAME,
    challengeIdentifier: z
      .string()
      .min(1)
      .max(4_096)
      .openapi({ pattern: COMPACT_JWS, description: '`challengeIdentifier` of the challenge.' }),
  })
  .openapi('CreateCredentialBody')

/** Declares the challenge for a new credential. It changes nothing, and so asks for no user action. */
export const initiateCredential = (services: Services): Operation =>
  defineOperation({
    id: 'createCredentialChallenge',
    method: 'post',
    path: '/auth/credentials/init',
    summary: 'Create Credential Challenge',
    description: 'Hands out a challenge that a new credential of the caller answers.',
    tag: 'Credentials',
    security: BY_TOKEN,
    isSigning: true,
    input: { params: NOTHING, query: NOTHING, body: CredentialChallengeBody },
    answer: { description: 'The challenge.', schema: CredentialChallenge },
    reasons: [...CALLER_REASONS, 'dialect_off', 'kind_refused'],
    authenticate: services.verifyBearer,
    run: async ({ sender, body, context }) => {
      const { accounts, challengeSeconds, relyingParty } = services.registration
      const read = await accounts.readCredentials(sender)
      const caller = authorizeCaller(sender, OF_ITSELF, read)
      if (!caller.ok) return caller
      const { user } = caller.value
      const life = { now: context.now, lifetimeSeconds: challengeSeconds }
      const issued = await issueRegistrationToken(services.registration, 'another', user, life)
      return succeed({
        body: {
          kind: body.kind,
          challengeIdentifier: issued.token,
          // The vendor's deprecated name for the same.
          temporaryAuthenticationToken: issued.token,
          ...writeCreation(user, issued.challenge, relyingParty, read.credentials),
        },
      })
    },
  })

const NOTHING_ATTESTED = { credential: null, challenge: null }

/** Declares the registration of one more credential: signed by an existing one, as every change is. */
export const createCredential = (services: Services): Operation =>
  defineOperation({
    id: 'createCredential',
    method: 'post',
    path: '/auth/credentials',
    summary: 'Create Credential',
    description:
      'Registers a key or a passkey that answers the challenge. Needs a user action by an existing credential.',
    tag: 'Credentials',
    security: BY_TOKEN_AND_ACTION,
    input: { params: NOTHING, query: NOTHING, body: CreateCredentialBody, headers: CHANGE_HEADERS },
    answer: { description: 'The new credential.', schema: WireCredential },
    reasons: [
      ...OWN_CHANGE_REASONS,
      'challenge_invalid',
      'credential_invalid',
      'credential_taken',
      'too_many_credentials',
    ],
    authenticate: services.verifyBearer,
    run: async (request) => {
      const { body, context } = request
      const { challengeIdentifier, credentialName: name } = body
      const label = { id: services.newId('credential'), name, now: context.now }
      const attested = await attest(services, challengeIdentifier, readAttestation(body), label)
      const { credential, challenge } = attested.ok ? attested.value : NOTHING_ATTESTED
      return runChange(services, request, null, {
        rule: OF_ITSELF,
        key: credential,
        challenge: challenge && useOf(challenge),
        isOfCaller: true,
        decide: ({ user }, snapshot) => {
          // Said to nobody who may not register one, and not where there is an answer to repeat (I10).
          if (!attested.ok) return attested
          const { userId, epoch } = attested.value.challenge
          if (user.id !== userId || user.tokenEpoch !== epoch) {
            return challengeInvalid('another_caller')
          }
          return snapshot.isChallengeUsed
            ? challengeInvalid('used')
            : decideRegisterCredential(user, snapshot, attested.value.credential, context.now)
        },
        write: (user) => credential && writeCredential({ ...credential, userId: user.id }),
      })
    },
  })

const useOf = ({ usedHash, expiresAt }: RegistrationToken): Consumption => ({
  usedHash,
  purpose: 'registration',
  expiresAt,
})

/** Verifies challenge and answer before the store is asked: what does not verify is asked nothing about. */
async function attest(
  { registration }: Services,
  challengeIdentifier: string,
  attestation: Attestation,
  label: CredentialLabel,
): Promise<
  Result<
    { readonly credential: Omit<NewCredential, 'userId'>; readonly challenge: RegistrationToken },
    Refusal
  >
> {
  const token = await verifyRegistrationToken(
    registration,
    'another',
    challengeIdentifier,
    label.now,
  )
  if (!token.ok) return challengeInvalid(token.failure)
  const { challenge } = token.value
  const created = await createAttestedCredential(
    attestation,
    challenge,
    registration.relyingParty,
    label,
  )
  return created.ok
    ? succeed({ credential: created.value, challenge: token.value })
    : fail({ reason: 'credential_invalid', cause: created.failure })
}
