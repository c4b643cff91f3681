/**
 * The wire shapes of the Rinne contract, and how the core's user looks in them. Names, types and required members
 * are the contract's; descriptions are our words.
 */
import { z } from '@hono/zod-openapi'
import type { Identifier, Role, User } from '../../core/user.ts'
import { PATH_SEGMENT } from '../../http/path-segment.ts'

/** The path parameter of operations on one user. An id that can be none is simply not found. */
export const UserParams = z.strictObject({
  userId: z.string().openapi({
    param: { name: 'userId', in: 'path' },
    ...PATH_SEGMENT,
    description: 'Id of the user.',
    example: 'us-6b58p-r53sr-rlrd3l5cj3uc4ome',
  }),
})

/** Takes one of some words in any case, and reads it in lower case (FACTS 1.3). */
export const anyCase = <const W extends readonly [string, ...string[]]>(
  words: W,
  description: string,
) =>
  z
    .string()
    .transform((text) => text.toLowerCase())
    .pipe(z.enum(words))
    .openapi({ type: 'string', enum: [...words], description })

/** What an identifier can be. */
export const IDENTIFIER_TYPES = ['email', 'phone'] as const

/** How the vendor's users log in. Here all of them come by a client's platform: its login, or its issuer. */
export const AUTH_METHODS = ['password', 'google', 'client_platform'] as const

const date = (description: string) => z.string().openapi({ format: 'date-time', description })

const WireIdentifier = z
  .object({
    id: z.string().openapi({ description: 'Id of the identifier.' }),
    type: z.enum(IDENTIFIER_TYPES),
    value: z.string().openapi({ description: 'The address or number.' }),
    verified: z.boolean().openapi({ description: "Whether it was shown to be its user's." }),
    created_at: date('When it was given.'),
    verified_at: date('When it was verified.').optional(),
  })
  .openapi('UserIdentifierResponse')

/** A role as this dialect shows it. */
export const WireRole = z
  .object({
    id: z.string().openapi({ description: 'Id of the role.' }),
    name: z.string().openapi({ description: 'Name of the role, unique in the organization.' }),
    permissions: z
      .array(z.string())
      .openapi({ description: 'What it allows; operations of other contracts included.' }),
    description: z.string().nullable().optional(),
    company_id: z.string().nullable().optional().openapi({ description: 'The organization.' }),
    organization_id: z
      .string()
      .nullable()
      .optional()
      .openapi({ description: 'Always null: roles do not inherit.' }),
    created_at: date('When it was made.'),
    updated_at: date('When it was last changed.'),
  })
  .openapi('RoleResponse')

/** A user as this dialect shows it. `suspended_at` is absent, not null, while the user is active. */
export const WireUser = z
  .object({
    id: z.string().openapi({ description: 'Id of the user.' }),
    identifiers: z.array(WireIdentifier).openapi({ description: 'Addresses and numbers.' }),
    primary_identifier: WireIdentifier,
    roles: z.array(WireRole).optional(),
    first_name: z.string().optional(),
    last_name: z.string().optional(),
    auth_methods: z.array(z.enum(AUTH_METHODS)),
    suspended_at: date('When it was suspended; absent for an active user.').optional(),
    created_at: date('When it was created.'),
    updated_at: date('When it was last changed.'),
    metadata: z.record(z.string(), z.unknown()).nullable().optional().openapi({
      additionalProperties: true,
      description: 'What the organization keeps with the user.',
    }),
  })
  .openapi('UserResponse')

/** Writes a time: UTC with milliseconds. */
const writeDate = (milliseconds: number): string => new Date(milliseconds).toISOString()

const writeIdentifier = (identifier: Identifier): z.input<typeof WireIdentifier> => ({
  id: identifier.id,
  type: identifier.type,
  value: identifier.value,
  verified: identifier.verifiedAt !== null,
  created_at: writeDate(identifier.createdAt),
  ...(identifier.verifiedAt === null ? {} : { verified_at: writeDate(identifier.verifiedAt) }),
})

/** Writes a role in this dialect. */
export const writeRole = (role: Role): z.input<typeof WireRole> => ({
  id: role.id,
  name: role.name,
  permissions: [...role.operations],
  description: role.description,
  company_id: role.organizationId,
  organization_id: null,
  created_at: writeDate(role.createdAt),
  updated_at: writeDate(role.updatedAt),
})

/** Writes a user in this dialect, its members in the contract's order. */
export function writeUser(user: User): z.input<typeof WireUser> {
  const identifiers = user.identifiers.map(writeIdentifier)
  return {
    id: user.id,
    identifiers,
    primary_identifier: identifiers[0] ?? standIn(user),
    roles: user.assignments.map(({ role }) => writeRole(role)),
    ...(user.firstName === null ? {} : { first_name: user.firstName }),
    ...(user.lastName === null ? {} : { last_name: user.lastName }),
    auth_methods: ['client_platform'],
    ...(user.suspendedAt === null ? {} : { suspended_at: writeDate(user.suspendedAt) }),
    created_at: writeDate(user.createdAt),
    updated_at: writeDate(user.updatedAt),
    metadata: user.metadata,
  }
}

/** The primary identifier of a user without any: its username (FACTS, decided list). */
const standIn = (user: User): z.input<typeof WireIdentifier> => ({
  id: user.id,
  type: 'email',
  value: user.username,
  verified: false,
  created_at: writeDate(user.createdAt),
})
