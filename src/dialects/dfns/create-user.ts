/**
 * `POST /auth/users`: a new employee (FACTS 1.1.2). Answers 200, not 201.
 */
import { z } from '@hono/zod-openapi'
import { createCredentialFromPem } from '../../auth/new-credential.ts'
import { newRegistrationCode } from '../../auth/registration-code.ts'
import type { NewCredential } from '../../core/change.ts'
import { decideCreateUser } from '../../core/create-user.ts'
import type { Refusal } from '../../core/refusal.ts'
import { fail, succeed, type Result } from '../../core/result.ts'
import { EMAIL } from '../../http/email.ts'
import { NOTHING } from '../../http/input.ts'
import { textHeader } from '../../http/openapi-headers.ts'
import { defineOperation, type Operation } from '../../http/operation.ts'
import { CHANGE_HEADERS } from '../../http/request-headers.ts'
import { CHANGE_REASONS, runChange, type Services } from '../dialect.ts'
import { BY_TOKEN_AND_ACTION, mayChange } from './authenticate.ts'
import { WireUser, writeUser } from './schema.ts'

/** By which a new user registers its first credential. */
const REGISTRATION_CODE_HEADER = 'activate-registration-code'

const REGISTRATION_CODE_PAGE = textHeader(
  'Code by which the new user registers a credential, if it brought no public key; never in a repetition.',
  '^[A-Za-z0-9_-]{32}$',
  32,
)

/** For the document; what else a key must be, only its parser can tell (rules K1-K3). */
const PEM =
  '^\\s*-----BEGIN PUBLIC KEY-----\\r?\\n[A-Za-z0-9+/=\\r\\n]+-----END PUBLIC KEY-----\\s*$'

const CreateUserBody = z
  .strictObject({
    email: EMAIL.openapi({ description: 'Email address; in lower case it is the username too.' }),
    kind: z
      .literal('CustomerEmployee')
      .openapi({ description: 'End users are not created by this route.' }),
    publicKey: z
      .string()
      .max(2_048)
      .optional()
      .openapi({
        pattern: PEM,
        description:
          'PEM public key that the user can log in with at once. ' +
          'Its credential id is base64url of SHA-256 over the SubjectPublicKeyInfo.',
      }),
    externalId: z
      .string()
      .min(1)
      .max(256)
      .optional()
      .openapi({ description: 'Id of the user in your own systems, unique in the organization.' }),
    isSSORequired: z
      .boolean()
      .optional()
      .openapi({ description: 'True refuses login by credential.' }),
  })
  .openapi('CreateUserBody')

/**
 * Declares the creation of a user, who begins active and without roles: a caller grants only what it holds, and this
 * route grants nothing.
 * Source silent on `publicKey`: ours registers it, so that the user can log in at once. A taken name is 401, as the
 * vendor's older manual has it (FACTS 1.1.3).
 */
export const createUser = (services: Services): Operation =>
  defineOperation({
    id: 'createUser',
    method: 'post',
    path: '/auth/users',
    summary: 'Create User',
    description:
      'Adds an employee to the organization: active, without roles, registered if it brings a public key. ' +
      'Otherwise the header `Activate-Registration-Code` of the first answer, and of no repetition, has the code by ' +
      'which the user registers a credential: good for 24 hours and one use. ' +
      'Needs the operation `Auth:Users:Create` and a user action.',
    tag: 'Auth',
    security: BY_TOKEN_AND_ACTION,
    input: { params: NOTHING, query: NOTHING, body: CreateUserBody, headers: CHANGE_HEADERS },
    answer: {
      description: 'The new user.',
      schema: WireUser,
      headers: { 'Activate-Registration-Code': REGISTRATION_CODE_PAGE },
    },
    reasons: [...CHANGE_REASONS, 'username_taken', 'external_id_taken', 'public_key_taken'],
    authenticate: services.verifyBearer,
    run: async (request) => {
      const { body, context } = request
      // Checked before the store is asked: a key that is refused costs no round trip (rules K1-K3).
      const credential = await readCredential(services, body.publicKey, context.now)
      if (!credential.ok) return credential
      // Whoever brings no key registers one with a code, which the administrator is told once: no mail is sent.
      const code = credential.value ? null : await newRegistrationCode(context.now)
      // One spelling, so that an address is not taken twice in two cases.
      const username = body.email.toLowerCase()
      const externalId = body.externalId ?? null
      const newUser = {
        id: services.newId('user'),
        kind: body.kind,
        username,
        // The contract's body has no name; until one is known, the username stands for it.
        firstName: null,
        lastName: null,
        externalId,
        isSsoRequired: body.isSSORequired ?? false,
        identifiers: [
          { id: services.newId('identifier'), type: 'email' as const, value: username },
        ],
        assignments: [],
        credential: credential.value,
        registrationCode: code,
      }
      return runChange(services, request, null, {
        rule: mayChange('Auth:Users:Create'),
        names: { username, identifiers: newUser.identifiers, externalId },
        key: credential.value,
        write: writeUser,
        ...(code ? { secretHeaders: { [REGISTRATION_CODE_HEADER]: code.code } } : {}),
        decide: ({ organization }, snapshot) =>
          decideCreateUser(organization, newUser, snapshot, context.now),
      })
    },
  })

/** Reads the key that the new user brings; null where it brings none. */
async function readCredential(
  services: Services,
  pem: string | undefined,
  now: number,
): Promise<Result<Omit<NewCredential, 'userId'> | null, Refusal>> {
  if (pem === undefined) return succeed(null)
  const given = { id: services.newId('credential'), name: 'Public key given at creation', now }
  const credential = await createCredentialFromPem(pem, given)
  if (credential.ok) return credential
  const message = `is not a public key that can be registered (${credential.failure})`
  return fail({
    reason: 'input_invalid',
    issues: [{ location: 'body', path: ['publicKey'], code: 'value', message }],
  })
}
