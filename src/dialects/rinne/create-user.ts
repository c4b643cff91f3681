/**
 * `POST /v1/users`: a new employee, with roles by name (FACTS 1.3). Answers 201.
 */
import { z } from '@hono/zod-openapi'
import { decideCreateUser, type NewUser } from '../../core/create-user.ts'
import { decideGrants } from '../../core/grant-roles.ts'
import { withRisingIds } from '../../core/id.ts'
import { isReadableName, tidyName } from '../../core/person-name.ts'
import { EMAIL } from '../../http/email.ts'
import { NOTHING } from '../../http/input.ts'
import { defineOperation, type Operation } from '../../http/operation.ts'
import { CHANGE_HEADERS } from '../../http/request-headers.ts'
import { CHANGE_REASONS, runChange, type Services } from '../dialect.ts'
import { BY_TOKEN_AND_SETTING, holds, mayChange } from './authenticate.ts'
import { anyCase, AUTH_METHODS, IDENTIFIER_TYPES, WireUser, writeUser } from './schema.ts'

/** E.164: a plus sign and up to 15 digits. */
const PHONE = z
  .string()
  .regex(/^\+[1-9]\d{6,14}$/, 'is not a phone number in the form +5511999999999')

const NewIdentifier = z
  .strictObject({
    type: anyCase(IDENTIFIER_TYPES, 'Kind of the identifier, in any case.'),
    // Its length is the business of what it is, below: one fault is named once.
    value: z.string().openapi({
      minLength: 1,
      maxLength: 254,
      description: 'Address, or number with a plus.',
    }),
  })
  .superRefine(({ type, value }, context) => {
    const parsed = (type === 'email' ? EMAIL : PHONE).safeParse(value)
    const [issue] = parsed.error?.issues ?? []
    if (issue) context.addIssue({ code: 'custom', path: ['value'], message: issue.message })
  })

const personName = (description: string) =>
  z
    .string()
    .refine(isReadableName, 'has an invisible character')
    .transform(tidyName)
    .pipe(z.string().min(1).max(128))
    .openapi({ type: 'string', minLength: 1, maxLength: 128, description })

const isUnique = (values: readonly string[]) => new Set(values).size === values.length

const CreateUserBody = z
  .strictObject({
    identifiers: z
      .array(NewIdentifier)
      .min(1)
      .max(10)
      .refine(
        (all) => isUnique(all.map(({ type, value }) => `${type} ${value.toLowerCase()}`)),
        'names one identifier twice',
      )
      .openapi({ description: 'The first one is the primary, and the username.' }),
    first_name: personName('First name.'),
    last_name: personName('Last name.'),
    auth_methods: z
      .array(anyCase(AUTH_METHODS, 'A way to log in, in any case.'))
      .max(3)
      .optional()
      .openapi({ description: 'Accepted and not used: passwords are not kept here.' }),
    roles: z
      .array(z.string().min(1).max(256))
      .max(20)
      .refine(isUnique, 'names one role twice')
      .optional()
      .openapi({ description: 'Roles by name; only such whose operations the caller holds.' }),
    request_id: z
      .string()
      .regex(/^[\x21-\x7e]{1,255}$/, 'is not 1 to 255 visible ASCII characters')
      .optional()
      .openapi({
        minLength: 1,
        maxLength: 255,
        description:
          'Idempotency key in the form of this API: the same id with the same body answers the same user. ' +
          'The header `Idempotency-Key` goes before it.',
      }),
  })
  .openapi('CreateUserRequest')

/**
 * Declares the creation of a user, who begins active. A caller grants only roles of which it holds every operation,
 * so that nobody makes somebody mightier than itself (DESIGN section 2).
 * Source silent on the refusals: ours are 409 for a taken identifier, 400 for an unknown role, 403 for a role that
 * holds more than the caller.
 */
export const createUser = (services: Services): Operation =>
  defineOperation({
    id: 'rinneCreateUser',
    method: 'post',
    path: '/v1/users',
    summary: 'Create user',
    description:
      'Adds an employee to the organization, active, with the roles that are named. ' +
      'Needs the permission `user.create`, and every operation of the roles.',
    tag: 'Users',
    security: BY_TOKEN_AND_SETTING,
    input: { params: NOTHING, query: NOTHING, body: CreateUserBody, headers: CHANGE_HEADERS },
    answer: { status: 201, description: 'The new user.', schema: WireUser },
    reasons: [...CHANGE_REASONS, 'role_not_found', 'username_taken'],
    authenticate: services.verifyBearer,
    run: async (request) => {
      const { body, context } = request
      const roleNames = body.roles ?? []
      const newUser = readNewUser(services, body)
      const { username, identifiers } = newUser
      return runChange(services, request, null, {
        rule: mayChange('user.create'),
        names: { username, identifiers, externalId: null },
        roleNames,
        ownKey: body.request_id,
        write: writeUser,
        decide: ({ user, organization }, snapshot) => {
          const { roles } = snapshot
          const newAssignmentId = () => services.newId('assignment')
          const grants = decideGrants(user, { names: roleNames, roles, holds, newAssignmentId })
          if (!grants.ok) return grants
          const assigned = { ...newUser, assignments: grants.value }
          return decideCreateUser(organization, assigned, snapshot, context.now)
        },
      })
    },
  })

/** Reads the new user: values in one spelling, so that an address is not taken twice in two cases. */
function readNewUser(
  services: Services,
  body: z.output<typeof CreateUserBody>,
): Omit<NewUser, 'assignments'> {
  const given = body.identifiers.map(({ type, value }) => ({ type, value: value.toLowerCase() }))
  const identifiers = withRisingIds(given, () => services.newId('identifier'))
  return {
    id: services.newId('user'),
    kind: 'CustomerEmployee',
    username: given[0]?.value ?? '',
    firstName: body.first_name,
    lastName: body.last_name,
    externalId: null,
    isSsoRequired: false,
    identifiers,
    credential: null,
    // The vendor has no registration: such a user comes by an outside issuer.
    registrationCode: null,
  }
}
